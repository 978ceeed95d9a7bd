/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes give a scenario or errors, never a crash, a leak or a hang. The first byte chooses what
 * the bytes are: a file, the value of a --set, a path of one, or a --policy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/policies.h"
#include "sim/scenario/describe.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char base[] = "{ \"load\": 0.5, \"clients\": [ { \"service\": \"10ms\" } ],\n"
                           "  \"servers\": [ { \"name\": \"a\" }, { \"count\": 3 } ],\n"
                           "  \"policies\": [ \"random\", { \"policy\": \"p2c\", \"d\": 3 } ],\n"
                           "  \"run\": { \"requests\": 1000 } }";

/* The i-th of all names and aliases; its policy and settings, if asked for. */
static const char *name_at(uint32_t i, const struct lb_policy **policy, const char **settings)
{
    const struct lb_policy *const *at;
    const struct lb_alias *alias;

    for (at = policies; *at; at++) {
        *policy = *at;
        *settings = "";
        if (!i--)
            return (*at)->name;
        for (alias = (*at)->aliases; alias && alias->name; alias++) {
            *settings = alias->settings;
            if (!i--)
                return alias->name;
        }
    }
    return NULL;
}

static const char *name(void *context, uint32_t i)
{
    const struct lb_policy *policy;
    const char *settings;

    (void)context;
    return name_at(i, &policy, &settings);
}

static const struct lb_policy *find(void *context, const char *wanted, const char **settings,
                                    char *why, size_t room)
{
    const struct lb_policy *policy;
    const char *known;
    uint32_t i;

    (void)context;
    for (i = 0; (known = name_at(i, &policy, settings)); i++)
        if (!strcmp(known, wanted))
            return policy;
    snprintf(why, room, "unknown");
    return NULL;
}

static const struct policy_source source = { find, name, NULL };

static void judge(struct scenario *scenario, struct diagnostics *said)
{
    FILE *nowhere = fopen("/dev/null", "w");

    if (!scenario != (diagnostics_errors(said) > 0))
        abort();
    diagnostics_print(said, nowhere, SHOW_EXCERPT | SHOW_COLOR | SHOW_NOTES);
    if (scenario)
        scenario_describe(scenario, nowhere);
    fclose(nowhere);
}

/* The text of a scenario as it is run must give the same scenario. */
static void again(const struct scenario *scenario)
{
    const struct scenario_request request = { .policies = &source };
    struct diagnostics *said = diagnostics_open();
    struct scenario *second =
        scenario_read("again.json", scenario->text, strlen(scenario->text), &request, said);

    if (!second || second->servers_total != scenario->servers_total ||
        second->policies_n != scenario->policies_n)
        abort();
    scenario_close(second);
    diagnostics_close(said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scenario_request request = { .policies = &source };
    struct setting setting = { "load", "0.7", NULL };
    const char mode = size ? (char)data[0] : '{', *text = base, *path = "fuzz.json";
    struct diagnostics *said = diagnostics_open();
    size_t length = sizeof base - 1;
    char *words = malloc(size + 1);
    struct scenario *scenario;

    memcpy(words, data, size);
    words[size] = '\0';
    if (mode == '=') {
        setting.value = words + 1;
        request.settings = &setting;
        request.settings_n = 1;
    } else if (mode == '.') {
        setting.path = words + 1;
        request.settings = &setting;
        request.settings_n = 1;
    } else if (mode == ':') {
        setting.path = words + 1;
        request.only = &setting.path;
        request.only_n = 1;
    } else {
        text = words;
        length = size;
    }
    scenario = scenario_read(path, text, length, &request, said);
    judge(scenario, said);
    if (scenario && (mode == '=' || mode == '.' || mode == ':'))
        again(scenario);
    scenario_close(scenario);
    diagnostics_close(said);
    free(words);
    return 0;
}
