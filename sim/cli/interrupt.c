/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/interrupt.h"

#include <stddef.h>

/* What a signal handler may touch has to live here. */
static volatile sig_atomic_t seen, asked;

static void on_interrupt(int number)
{
    (void)number;
    seen = seen ? 2 : 1;
}

static void on_question(int number)
{
    (void)number;
    asked = 1;
}

void interrupt_begin(void)
{
    signal(SIGXFSZ, SIG_IGN); /* the write fails instead, and says so */
    signal(SIGUSR1, SIG_IGN);
}

void interrupt_catch(void)
{
    struct sigaction stop = { .sa_handler = on_interrupt }, ask = { .sa_handler = on_question };

    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGUSR1, &ask, NULL);
    signal(SIGPIPE, SIG_IGN);
}

volatile sig_atomic_t *interrupt_flag(void)
{
    return &seen;
}

bool interrupt_seen(void)
{
    return seen != 0;
}

bool interrupt_asked(void)
{
    const bool was = asked != 0;

    asked = 0;
    return was;
}
