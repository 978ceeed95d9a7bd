/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/record/stamp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#ifndef LBSIM_VERSION
#define LBSIM_VERSION "unknown"
#endif
#ifndef LBSIM_GIT
#define LBSIM_GIT "unknown"
#endif
#ifndef LBSIM_FLAGS
#define LBSIM_FLAGS "unknown"
#endif
#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

const char *stamp_name(enum stamp_item item)
{
    static const char *const names[STAMP_ITEMS] = { "version", "git",     "compiler",
                                                    "flags",   "cpu",     "host",
                                                    "kernel",  "created", "command" };
    return names[item];
}

/* The text after "model name :"; "unknown" where the kernel does not say. */
static char *cpu_model(void)
{
    char line[512], *model = NULL;
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && !model && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        line[strcspn(line, "\n")] = '\0';
        model = strdup(colon + 1 + strspn(colon + 1, " \t"));
    }
    if (file)
        fclose(file);
    return model ? model : strdup("unknown");
}

static char *kernel(const struct utsname *system)
{
    char text[sizeof *system];
    snprintf(text, sizeof text, "%s %s %s", system->sysname, system->release, system->machine);
    return strdup(text);
}

static char *utc_now(void)
{
    const time_t now = time(NULL);
    struct tm parts;
    char text[32];
    if (!gmtime_r(&now, &parts) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts))
        return strdup("unknown");
    return strdup(text);
}

static int is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:=+@%";
    return *word && word[strspn(word, plain)] == '\0';
}

static void put_quoted(FILE *text, const char *word)
{
    if (is_plain(word)) {
        fputs(word, text);
        return;
    }
    fputc('\'', text);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", text);
        else
            fputc(*word, text);
    }
    fputc('\'', text);
}

static char *command_line(int arguments, char *const argument[])
{
    char *line = NULL;
    size_t length;
    FILE *text = open_memstream(&line, &length);
    if (!text)
        return NULL;
    for (int i = 0; i < arguments; i++) {
        if (i > 0)
            fputc(' ', text);
        put_quoted(text, argument[i]);
    }
    if (fclose(text) == 0)
        return line;
    free(line);
    return NULL;
}

int stamp_open(struct stamp *stamp, int arguments, char *const argument[])
{
    struct utsname system;
    if (uname(&system))
        system = (struct utsname) { .sysname = "unknown", .nodename = "unknown" };
    stamp->value[STAMP_VERSION] = strdup(LBSIM_VERSION);
    stamp->value[STAMP_GIT] = strdup(LBSIM_GIT);
    stamp->value[STAMP_COMPILER] = strdup(COMPILER);
    stamp->value[STAMP_FLAGS] = strdup(LBSIM_FLAGS);
    stamp->value[STAMP_CPU] = cpu_model();
    stamp->value[STAMP_HOST] = strdup(system.nodename);
    stamp->value[STAMP_KERNEL] = kernel(&system);
    stamp->value[STAMP_CREATED] = utc_now();
    stamp->value[STAMP_COMMAND] = command_line(arguments, argument);
    for (int i = 0; i < STAMP_ITEMS; i++) {
        if (!stamp->value[i]) {
            stamp_close(stamp);
            return -ENOMEM;
        }
    }
    return 0;
}

void stamp_close(struct stamp *stamp)
{
    for (int i = 0; i < STAMP_ITEMS; i++) {
        free(stamp->value[i]);
        stamp->value[i] = NULL;
    }
}
