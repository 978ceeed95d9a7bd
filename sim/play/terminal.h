/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The terminal of this process: its keys, its size, and its screen, which is given back as it was
 * however the process ends short of SIGKILL. No library of windows stands behind it: a frame is
 * drawn as a whole (canvas.h), and what that takes is a handful of sequences. */
#ifndef SIM_TERMINAL_H
#define SIM_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <termios.h>

enum key {
    KEY_NONE,
    KEY_RIGHT = 256,
    KEY_LEFT,
    KEY_BACK_TAB,
    KEY_GONE /* there is no terminal any more */
};           /* else a character */

struct terminal {
    int fd;
    FILE *out;
    struct termios was;
    bool inside;
    unsigned char typed[64]; /* read and not taken yet */
    uint32_t typed_n;
};

/* Has the process a terminal that understands more than lines? TERM says, and standard output is
 * one. */
bool terminal_is_there(void);
/* Is the locale's character set UTF-8? */
bool terminal_is_utf8(void);

/* Opens it: 0, or -1 with errno. Signals are caught from now on. */
int terminal_open(struct terminal *);
/* Gives all back, signals too. */
void terminal_close(struct terminal *);

/* Takes the screen and the keys; gives them back. */
void terminal_enter(struct terminal *);
void terminal_leave(struct terminal *);
void terminal_size(const struct terminal *, uint32_t *rows, uint32_t *columns);
/* The next key, which is waited for as long as this; KEY_NONE: there is none, or a signal came. */
int terminal_key(struct terminal *, int milliseconds);

/* What signals have said. An end: SIGINT, SIGTERM, SIGHUP; a second one ends the process at once,
 * its terminal given back. */
void terminal_catch(void);
volatile const int *terminal_ended(void);
bool terminal_resized(void);   /* since the last call */
bool terminal_suspended(void); /* likewise: SIGTSTP */

#endif
