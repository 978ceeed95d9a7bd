/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/play/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Another screen without a cursor, where lines end at the border; and back. */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[0m\033[2J"
#define LEAVE "\033[0m\033[?7h\033[?25h\033[?1049l"

/* What a signal handler may touch has to live here. */
static volatile int ended;
static volatile sig_atomic_t resized, suspended, held;
static int held_fd;
static struct termios held_was;

bool terminal_is_there(void)
{
    const char *name = getenv("TERM");
    int fd;

    if (!name || !*name || !strcmp(name, "dumb") || !isatty(STDOUT_FILENO))
        return false;
    fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

bool terminal_is_utf8(void)
{
    return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* ---- Signals. */

static void give_back(void)
{
    if (!held)
        return;
    if (write(held_fd, LEAVE, sizeof LEAVE - 1) < 0)
        held = 0; /* nothing more can be done about it */
    tcsetattr(held_fd, TCSANOW, &held_was);
    held = 0;
}

static void die(int number)
{
    give_back();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_end(int number)
{
    if (ended)
        die(number);
    ended = number;
}

static void on_change(int number)
{
    if (number == SIGWINCH)
        resized = 1;
    else
        suspended = 1;
}

/* Plug-ins may do anything, and sanitizers want to say what. */
static const int faults[] = {
#ifndef __SANITIZE_ADDRESS__
    SIGSEGV, SIGBUS, SIGFPE, SIGILL,
#endif
    SIGABRT
};
static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static const int changes[] = { SIGWINCH, SIGTSTP };

static void catch_each(const int *number, size_t n, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    size_t i;

    for (i = 0; i < n; i++)
        sigaction(number[i], &action, NULL);
}

void terminal_catch(void)
{
    catch_each(ends, sizeof ends / sizeof ends[0], on_end);
}

volatile const int *terminal_ended(void)
{
    return &ended;
}

static bool taken(volatile sig_atomic_t *flag)
{
    const bool was = *flag != 0;

    *flag = 0;
    return was;
}

bool terminal_resized(void)
{
    return taken(&resized);
}

bool terminal_suspended(void)
{
    return taken(&suspended);
}

/* ---- Open and closed. */

int terminal_open(struct terminal *t)
{
    *t = (struct terminal) { .fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC) };
    if (t->fd < 0)
        return -1;
    if (tcgetattr(t->fd, &t->was) == 0)
        t->out = fdopen(t->fd, "w");
    if (!t->out) {
        close(t->fd);
        return -1;
    }
    setvbuf(t->out, NULL, _IOFBF, 1 << 16);
    held_fd = t->fd;
    held_was = t->was;
    catch_each(changes, sizeof changes / sizeof changes[0], on_change);
    catch_each(faults, sizeof faults / sizeof faults[0], die);
    return 0;
}

void terminal_close(struct terminal *t)
{
    if (!t->out)
        return;
    terminal_leave(t);
    catch_each(changes, sizeof changes / sizeof changes[0], SIG_DFL);
    catch_each(faults, sizeof faults / sizeof faults[0], SIG_DFL);
    fclose(t->out);
    t->out = NULL;
}

void terminal_enter(struct terminal *t)
{
    struct termios raw = t->was;

    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    held = 1;
    tcsetattr(t->fd, TCSAFLUSH, &raw);
    fputs(ENTER, t->out);
    fflush(t->out);
    t->inside = true;
}

void terminal_leave(struct terminal *t)
{
    if (!t->inside)
        return;
    fputs(LEAVE, t->out);
    fflush(t->out);
    tcsetattr(t->fd, TCSAFLUSH, &t->was);
    held = 0;
    t->inside = false;
}

void terminal_size(const struct terminal *t, uint32_t *rows, uint32_t *columns)
{
    struct winsize size = { 0 };

    ioctl(t->fd, TIOCGWINSZ, &size);
    *rows = size.ws_row ? size.ws_row : 24;
    *columns = size.ws_col ? size.ws_col : 80;
}

/* ---- Keys. */

static int take(struct terminal *t, uint32_t n, int key)
{
    t->typed_n -= n;
    memmove(t->typed, t->typed + n, t->typed_n);
    return key;
}

/* A key that is more than a character begins with ESC [ or ESC O and ends with a letter or so. */
static int decode(struct terminal *t)
{
    uint32_t n = 2;

    if (t->typed_n < 2 || t->typed[0] != 033 || (t->typed[1] != '[' && t->typed[1] != 'O'))
        return take(t, 1, t->typed[0]);
    while (n < t->typed_n && (t->typed[n] < 0x40 || t->typed[n] > 0x7e))
        n++;
    if (n == t->typed_n)
        return take(t, n, KEY_NONE);
    switch (t->typed[n]) {
    case 'C':
        return take(t, n + 1, KEY_RIGHT);
    case 'D':
        return take(t, n + 1, KEY_LEFT);
    case 'Z':
        return take(t, n + 1, KEY_BACK_TAB);
    default:
        return take(t, n + 1, KEY_NONE);
    }
}

int terminal_key(struct terminal *t, int milliseconds)
{
    struct pollfd ready = { .fd = t->fd, .events = POLLIN };
    ssize_t n;

    if (t->typed_n == 0 && poll(&ready, 1, milliseconds) > 0) {
        n = read(t->fd, t->typed, sizeof t->typed);
        if ((n < 0 && errno == EIO) || (n <= 0 && (ready.revents & (POLLHUP | POLLERR))))
            return KEY_GONE;
        t->typed_n = n > 0 ? (uint32_t)n : 0;
    }
    return t->typed_n ? decode(t) : KEY_NONE;
}
