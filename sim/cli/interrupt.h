/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signals: an interrupt that ends a run in good order, a question how far it is. */
#ifndef SIM_INTERRUPT_H
#define SIM_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* For all commands: a file that may not grow is an error of the write, not the end; SIGUSR1 asks
 * in vain. */
void interrupt_begin(void);
/* From now on SIGINT and SIGTERM raise the flag, SIGUSR1 asks; a closed pipe is an error of the
 * write as well. */
void interrupt_catch(void);
/* 1 after one, 2 after more. */
volatile sig_atomic_t *interrupt_flag(void);
bool interrupt_seen(void);
/* Has somebody asked since the last call? */
bool interrupt_asked(void);

#endif
