/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes give a scenario or errors, never a crash, a leak or a hang. The first byte chooses what
 * the bytes are: a file, the value of a --set, a path of one, a --policy, or an axis of --sweep. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/policies.h"
#include "sim/scenario/describe.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/study.h"

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

static void judge(struct study *study, struct diagnostics *said)
{
    FILE *nowhere = fopen("/dev/null", "w");
    uint32_t i;

    if (!study != (diagnostics_errors(said) > 0) || (study && !study->cells_n))
        abort();
    diagnostics_print(said, nowhere, SHOW_EXCERPT | SHOW_COLOR | SHOW_NOTES);
    for (i = 0; study && i < study->cells_n && i < 10; i++)
        scenario_describe(study->cells[i].scenario, nowhere);
    fclose(nowhere);
}

/* The text of a study as it is run must give the same study. */
static void again(const struct study *study)
{
    const struct scenario_request request = { .policies = &source };
    struct diagnostics *said = diagnostics_open();
    struct study *second =
        study_read("again.json", study->text, strlen(study->text), &request, said);

    if (!second || second->cells_n != study->cells_n ||
        second->contenders_n != study->contenders_n ||
        second->cells[0].scenario->servers_total != study->cells[0].scenario->servers_total ||
        strcmp(second->cells[0].name, study->cells[0].name) != 0)
        abort();
    study_close(second);
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
    struct study *study;

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
    } else if (mode == ',') {
        setting.value = words + 1;
        request.sweeps = &setting;
        request.sweeps_n = 1;
    } else {
        text = words;
        length = size;
    }
    study = study_read(path, text, length, &request, said);
    judge(study, said);
    if (study && text == base)
        again(study);
    study_close(study);
    diagnostics_close(said);
    free(words);
    return 0;
}
