/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A script for bash. It reads the line itself: bash cuts words at ":" and "=", which stand in names
 * of policies. */
#include <string.h>

#include "sim/cli/completion.h"

static const char head[] =
    "# Completion of lbsim in bash:  source <(lbsim completion bash)\n"
    "_lbsim_words() { # CURRENT WORDS: those that begin so, less what bash has cut off\n"
    "    local cut=\n"
    "    [[ $1 == *[:=]* ]] && cut=${1%\"${1##*[:=]}\"}\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$2\" -- \"$1\")\n"
    "    COMPREPLY=(\"${COMPREPLY[@]#\"$cut\"}\")\n"
    "}\n"
    "_lbsim_files() { # CURRENT [PATTERN]: directories, and files that match\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen -d -- \"$1\"; [ $# -lt 2 ] || compgen -f -X \"!$2\" -- "
    "\"$1\")\n"
    "}\n"
    "_lbsim() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} words cur prev verb\n"
    "    read -ra words <<<\"$line\"\n"
    "    [[ $line == *[[:space:]] ]] && words+=(\"\")\n"
    "    cur=${words[-1]} verb=${words[1]} prev=\n"
    "    ((${#words[@]} > 2)) && prev=${words[-2]}\n"
    "    [[ $cur == --*=* ]] && prev=${cur%%=*} && cur=${cur#*=}\n"
    "    COMPREPLY=()\n";

static void put_kind(FILE *out, enum completion kind, const char *choices)
{
    switch (kind) {
    case COMPLETE_NOTHING:
        fputs(":", out);
        break;
    case COMPLETE_SCENARIOS:
        fputs("_lbsim_files \"$cur\" '*.json'", out);
        break;
    case COMPLETE_RESULTS:
        fputs("_lbsim_files \"$cur\" '*.sqlite'", out);
        break;
    case COMPLETE_FILES:
        fputs("_lbsim_files \"$cur\" '*'", out);
        break;
    case COMPLETE_DIRECTORIES:
        fputs("_lbsim_files \"$cur\"", out);
        break;
    default:
        fputs("_lbsim_words \"$cur\" '", out);
        completion_words(out, kind, choices, "");
        fputs("'", out);
        if (kind == COMPLETE_NAMES)
            fputs("; ((${#COMPREPLY[@]})) || _lbsim_files \"$cur\" '*.json'", out);
    }
    fputs(" ;;\n", out);
}

static void put_option_values(FILE *out, const struct verb *v)
{
    const struct cli_option *o;

    for (o = v->options; o && o->name; o++) {
        if (!o->argument)
            continue;
        fprintf(out, "    '%s --%s'", v->name, o->name);
        if (o->letter)
            fprintf(out, " | '%s -%c'", v->name, o->letter);
        fputs(") ", out);
        put_kind(out, completion_of_option(o), o->argument);
    }
}

static void put_options(FILE *out, const struct verb *v)
{
    const struct cli_option *o;

    fprintf(out, "%s:-*) _lbsim_words \"$cur\" '", v->name);
    for (o = v->options; o && o->name; o++)
        fprintf(out, "--%s ", o->name);
    fputs("--help' ;;\n", out);
}

void completion_bash(FILE *out)
{
    uint32_t i;

    fputs(head, out);
    fputs("    case \"$verb $prev\" in\n", out);
    for (i = 0; verbs[i]; i++)
        put_option_values(out, verbs[i]);
    fputs("    *)\n    case ${#words[@]}:$verb:$cur in\n    2:*) _lbsim_words \"$cur\" '", out);
    for (i = 0; verbs[i]; i++)
        fprintf(out, "%s ", verbs[i]->name);
    fputs("help' ;;\n    *:help:*) _lbsim_words \"$cur\" '", out);
    for (i = 0; verbs[i]; i++)
        fprintf(out, "%s ", verbs[i]->name);
    fputs("' ;;\n", out);
    for (i = 0; verbs[i]; i++) {
        fputs("    *:", out);
        put_options(out, verbs[i]);
        fprintf(out, "    *:%s:*) ", verbs[i]->name);
        put_kind(out, completion_of_verb(verbs[i]), verbs[i]->arguments);
    }
    fputs("    esac ;;\n    esac\n}\ncomplete -F _lbsim lbsim ./lbsim\n", out);
}
