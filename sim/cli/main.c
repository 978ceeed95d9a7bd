/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "models/arithmetic.h"
#include "sim/cli/cli.h"
#include "sim/cli/interrupt.h"
#include "sim/scenario/nearest.h"

const struct verb *const verbs[] = { &verb_run,      &verb_watch,      &verb_animate, &verb_live,
                                     &verb_validate, &verb_verify,     &verb_compare, &verb_plot,
                                     &verb_report,   &verb_export,     &verb_merge,   &verb_check,
                                     &verb_list,     &verb_explain,    &verb_theory,  &verb_import,
                                     &verb_schema,   &verb_completion, &verb_bench,   NULL };

static const struct verb *find(const char *name)
{
    uint32_t i;

    for (i = 0; verbs[i]; i++)
        if (!strcmp(verbs[i]->name, name))
            return verbs[i];
    return NULL;
}

static int unknown(const char *name)
{
    struct nearest nearest = nearest_to(name);
    uint32_t i;

    for (i = 0; verbs[i]; i++)
        nearest_see(&nearest, verbs[i]->name);
    if (nearest_found(&nearest))
        cli_say("unknown command \"%s\"; did you mean \"%s\"?", name, nearest_found(&nearest));
    else
        cli_say("unknown command \"%s\"; see lbsim help", name);
    return EXIT_USAGE;
}

static int help(int n, char **words)
{
    const struct verb *verb = n > 1 ? find(words[1]) : NULL;

    if (n > 1 && !verb && strcmp(words[1], "help"))
        return unknown(words[1]);
    cli_help(verb, stdout);
    return EXIT_DONE;
}

static int obey(int n, char **words)
{
    const struct verb *verb;

    if (n < 2) {
        cli_help(NULL, stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(words[1], "help") || !strcmp(words[1], "--help") || !strcmp(words[1], "-h"))
        return help(n - 1, words + 1);
    if (!strcmp(words[1], "--version") || !strcmp(words[1], "-V")) {
        puts("lbsim " LBSIM_VERSION);
        return EXIT_DONE;
    }
    verb = find(words[1]);
    return verb ? verb->run(verb, n - 1, words + 1) : unknown(words[1]);
}

int main(int n, char **words)
{
    int status;

    arithmetic_begin();
    interrupt_begin();
    status = obey(n, words);

    if ((fflush(stdout) || ferror(stdout)) && status == EXIT_DONE) {
        cli_say("standard output cannot be written");
        return EXIT_MACHINE;
    }
    return status;
}
