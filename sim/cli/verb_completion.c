/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim completion: a script by which a shell completes command lines of lbsim. */
#include <string.h>

#include "sim/cli/completion.h"

static int take(void *context, const struct cli_option *o, const char *value)
{
    const char **shell = context;

    (void)o;
    if (*shell) {
        cli_say("completion: one shell at a time");
        return EXIT_USAGE;
    }
    *shell = value;
    return 0;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    const char *shell = NULL;
    int status = cli_read(verb, n, words, take, &shell);

    if (status)
        return status < 0 ? EXIT_DONE : status;
    if (!shell) {
        cli_help(verb, stdout);
        return EXIT_DONE;
    }
    if (!strcmp(shell, "bash")) {
        completion_bash(stdout);
    } else if (!strcmp(shell, "zsh")) {
        completion_zsh(stdout);
    } else if (!strcmp(shell, "fish")) {
        completion_fish(stdout);
    } else {
        cli_say("completion: unknown shell \"%s\"; known: %s", shell, verb->arguments);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

const struct verb verb_completion = {
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "a script by which a shell completes commands, options and names",
    .more = "  bash: source <(lbsim completion bash)\n"
            "  zsh:  source <(lbsim completion zsh)\n"
            "  fish: lbsim completion fish | source\n",
    .run = run_verb,
};
