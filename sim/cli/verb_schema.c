/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim schema: the JSON Schema of a scenario, for editors and other programs. */
#include <stdlib.h>

#include "sim/cli/cli.h"
#include "sim/run/plugin.h"
#include "sim/scenario/schema.h"

static int take(void *context, const struct cli_option *o, const char *value)
{
    (void)context, (void)o;
    cli_say("schema: takes no argument, found \"%s\"", value);
    return EXIT_USAGE;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct plugins *plugins;
    struct policy_source source;
    char *text = NULL;
    int status = cli_read(verb, n, words, take, NULL);

    if (status)
        return status < 0 ? EXIT_DONE : status;
    plugins = plugins_open();
    if (plugins) {
        source = plugins_source(plugins);
        text = schema_text(&source);
    }
    if (text)
        fputs(text, stdout);
    else
        cli_say("out of memory");
    status = text ? EXIT_DONE : EXIT_MACHINE;
    free(text);
    plugins_close(plugins);
    return status;
}

const struct verb verb_schema = {
    .name = "schema",
    .arguments = "",
    .summary = "the JSON Schema of a scenario",
    .more = "Editors complete and check by it: \"$schema\": \"schema.json\" in the file, and\n"
            "  lbsim schema > schema.json\n",
    .run = run_verb,
};
