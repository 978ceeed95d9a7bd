/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Scripts for zsh and fish. */
#include <string.h>

#include "sim/cli/completion.h"

/* What has a meaning in a specification of zsh's _arguments. */
#define ZSH_SPECIAL "[]:\\"

/* ---- zsh. */

static void zsh_action(FILE *out, enum completion kind, const char *choices)
{
    switch (kind) {
    case COMPLETE_NOTHING:
        fputs(" ", out);
        break;
    case COMPLETE_SCENARIOS:
        fputs("_files -g \"*.json\"", out);
        break;
    case COMPLETE_RESULTS:
    case COMPLETE_FILES:
        fputs("_files", out);
        break;
    case COMPLETE_DIRECTORIES:
        fputs("_files -/", out);
        break;
    default:
        fputc('(', out);
        completion_words(out, kind, choices, ":()\\{}");
        fputc(')', out);
    }
}

static void zsh_option(FILE *out, const struct cli_option *o, const char *name)
{
    fprintf(out, " \\\n            '*%s[", name);
    completion_text(out, o->help, "'\\''", ZSH_SPECIAL);
    fputc(']', out);
    if (o->argument) {
        fputc(':', out);
        completion_text(out, o->argument, "'\\''", ZSH_SPECIAL);
        fputc(':', out);
        zsh_action(out, completion_of_option(o), o->argument);
    }
    fputc('\'', out);
}

static void zsh_verb(FILE *out, const struct verb *v)
{
    const struct cli_option *o;
    char name[80];

    fprintf(out, "    %s)\n        _arguments", v->name);
    for (o = v->options; o && o->name; o++) {
        snprintf(name, sizeof name, "--%s%s", o->name, o->argument ? "=" : "");
        zsh_option(out, o, name);
        snprintf(name, sizeof name, "-%c%s", o->letter, o->argument ? "+" : "");
        if (o->letter)
            zsh_option(out, o, name);
    }
    fputs(" \\\n            '--help[what the command does]' \\\n            '*:argument:", out);
    zsh_action(out, completion_of_verb(v), v->arguments);
    fputs("'\n        ;;\n", out);
}

void completion_zsh(FILE *out)
{
    uint32_t i;

    fputs("#compdef lbsim\n"
          "# Completion of lbsim in zsh:  source <(lbsim completion zsh)  after compinit\n"
          "_lbsim() {\n    local -a commands\n    commands=(\n",
          out);
    for (i = 0; verbs[i]; i++) {
        fprintf(out, "        '%s:", verbs[i]->name);
        completion_text(out, verbs[i]->summary, "'\\''", "\\:");
        fputs("'\n", out);
    }
    fputs("        'help:options of a command'\n    )\n"
          "    if ((CURRENT == 2)); then\n        _describe command commands\n        return\n"
          "    fi\n    shift words\n    ((CURRENT--))\n    case $words[1] in\n",
          out);
    for (i = 0; verbs[i]; i++)
        zsh_verb(out, verbs[i]);
    fputs("    help) ((CURRENT == 2)) && _describe command commands ;;\n    esac\n}\n"
          "if [[ $funcstack[1] == _lbsim ]]; then\n    _lbsim \"$@\"\nelse\n"
          "    compdef _lbsim lbsim\nfi\n",
          out);
}

/* ---- fish. */

static void fish_action(FILE *out, enum completion kind, const char *choices)
{
    switch (kind) {
    case COMPLETE_NOTHING:
        fputs(" -x", out);
        break;
    case COMPLETE_SCENARIOS:
    case COMPLETE_RESULTS:
    case COMPLETE_FILES:
        fputs(" -r -F", out);
        break;
    case COMPLETE_DIRECTORIES:
        fputs(" -x -a '(__fish_complete_directories)'", out);
        break;
    default:
        fputs(" -x -a '", out);
        completion_words(out, kind, choices, "\\");
        fputc('\'', out);
    }
}

static void fish_option(FILE *out, const struct verb *v, const struct cli_option *o)
{
    fprintf(out, "complete -c lbsim -n '__fish_seen_subcommand_from %s' -l %s", v->name, o->name);
    if (o->letter)
        fprintf(out, " -s %c", o->letter);
    if (o->argument)
        fish_action(out, completion_of_option(o), o->argument);
    fputs(" -d '", out);
    completion_text(out, o->help, "\\'", "\\");
    fputs("'\n", out);
}

static void fish_verb(FILE *out, const struct verb *v)
{
    const struct cli_option *o;
    enum completion kind = completion_of_verb(v);

    fprintf(out, "complete -c lbsim -n __fish_use_subcommand -f -a %s -d '", v->name);
    completion_text(out, v->summary, "\\'", "\\");
    fputs("'\n", out);
    for (o = v->options; o && o->name; o++)
        fish_option(out, v, o);
    if (kind == COMPLETE_SCENARIOS || kind == COMPLETE_RESULTS || kind == COMPLETE_FILES)
        return; /* files are what fish completes by itself */
    fprintf(out, "complete -c lbsim -n '__fish_seen_subcommand_from %s' -f", v->name);
    if (kind != COMPLETE_NOTHING) {
        fputs(" -a '", out);
        completion_words(out, kind, v->arguments, "\\");
        fputc('\'', out);
    }
    fputc('\n', out);
}

void completion_fish(FILE *out)
{
    uint32_t i;

    fputs("# Completion of lbsim in fish:  lbsim completion fish | source\n", out);
    for (i = 0; verbs[i]; i++)
        fish_verb(out, verbs[i]);
}
