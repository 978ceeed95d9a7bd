/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Scenarios for tests: read from a text, with policies that exist here alone. */
#ifndef TESTS_SCENARIO_FIXTURE_H
#define TESTS_SCENARIO_FIXTURE_H

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/policy.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/scenario.h"

struct fake_config {
    int64_t d;
    double ratio;
    lb_time every;
    int32_t flag, tie;
    struct lb_list cuts;
    struct lb_inner inner;
};

static const char *const fake_ties[] = { "first", "last", "random", NULL };
static const char *const fake_inner[] = { "plain", NULL };
static const struct lb_param fake_params[] = {
    { "d", LB_INT, offsetof(struct fake_config, d), 2, 1, 100, "servers", "how many", NULL },
    { "ratio", LB_RATIO, offsetof(struct fake_config, ratio), 0.25, 0, 1, "", "a part", NULL },
    { "every", LB_DURATION, offsetof(struct fake_config, every), 0.1, 0, 10, "s", "how often",
      NULL },
    { "flag", LB_FLAG, offsetof(struct fake_config, flag), 0, 0, 1, "", "whether", NULL },
    { "tie", LB_CHOICE, offsetof(struct fake_config, tie), 2, 0, 2, "", "which", fake_ties },
    { "cuts", LB_LIST, offsetof(struct fake_config, cuts), 0, 0, 100, "s", "where", NULL },
    { "inner", LB_POLICY, offsetof(struct fake_config, inner), 0, 0, 0, "", "another one",
      fake_inner },
    { .name = NULL },
};
static const struct lb_alias fake_aliases[] = {
    { "nginx:many", "tie=first,every=20ms" },
    { "many_of_d", "d=?" },
    { .name = NULL },
};
static const struct lb_policy fake_many = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "many",
    .config_size = sizeof(struct fake_config),
    .param_size = sizeof(struct lb_param),
    .params = fake_params,
    .aliases = fake_aliases,
};
static const struct lb_policy fake_plain = { .abi = LB_ABI, .name = "plain" };
static const struct lb_policy fake_queue = { .abi = LB_ABI, .name = "central_queue" };
static const struct lb_policy fake_truth = { .abi = LB_ABI, .name = "jsq", .sees = LB_SEES_TRUTH };
static const struct lb_policy *const fake_all[] = { &fake_plain, &fake_many, &fake_queue,
                                                    &fake_truth };

static const char *fake_name(void *context, uint32_t i)
{
    (void)context;
    return i < 4 ? fake_all[i]->name : i < 6 ? fake_aliases[i - 4].name : NULL;
}

static const struct lb_policy *fake_find(void *context, const char *name, const char **settings,
                                         char *why, size_t room)
{
    uint32_t i;

    (void)context;
    *settings = "";
    if (strstr(name, "/good.so"))
        return &fake_plain;
    if (strstr(name, "/many.so"))
        return &fake_many;
    for (i = 0; i < 4; i++)
        if (!strcmp(fake_all[i]->name, name))
            return fake_all[i];
    for (i = 0; i < 2; i++)
        if (!strcmp(fake_aliases[i].name, name)) {
            *settings = fake_aliases[i].settings;
            return &fake_many;
        }
    snprintf(why, room, "%s: no such file", name);
    return NULL;
}

static const struct policy_source fake_source = { fake_find, fake_name, NULL };

/* What came of reading a text: a scenario or NULL, and everything said, as it is printed. */
struct reading {
    struct scenario *scenario;
    struct diagnostics *said;
    char *shown;
};

static inline struct reading reading_of(const char *text, const struct scenario_request *request)
{
    struct reading reading = { .said = diagnostics_open() };
    size_t length;
    FILE *out;

    reading.scenario = scenario_read(text ? "dir/t.json" : NULL, text, text ? strlen(text) : 0,
                                     request, reading.said);
    out = open_memstream(&reading.shown, &length);
    diagnostics_print(reading.said, out, SHOW_NOTES);
    fclose(out);
    return reading;
}

static inline struct reading read_text(const char *text)
{
    return reading_of(text, &(struct scenario_request) { .policies = &fake_source });
}

/* With up to 8 settings, "path=value", NULL-ended. */
static inline struct reading read_set(const char *text, const char *const *changes)
{
    struct scenario_request request = { .policies = &fake_source };
    struct setting settings[8];
    char paths[8][64];

    for (; changes[request.settings_n]; request.settings_n++) {
        const char *change = changes[request.settings_n], *equals = strchr(change, '=');
        const uint32_t i = request.settings_n;

        snprintf(paths[i], sizeof paths[i], "%.*s", (int)(equals - change), change);
        settings[i] = (struct setting) { .path = paths[i], .value = equals + 1 };
    }
    request.settings = settings;
    return reading_of(text, &request);
}

static inline void reading_end(struct reading *reading)
{
    scenario_close(reading->scenario);
    diagnostics_close(reading->said);
    free(reading->shown);
}

static inline int has(const struct reading *reading, const char *words)
{
    if (strstr(reading->shown, words))
        return 1;
    fprintf(stderr, "expected: %s\nshown: %s\n", words, reading->shown);
    return 0;
}

/* The text is refused, and these words say why. */
static inline int refused(const char *text, const char *words)
{
    struct reading reading = read_text(text);
    const int good = !reading.scenario && has(&reading, words);

    reading_end(&reading);
    return good;
}

/* The text is read, and these words warn. */
static inline int warned(const char *text, const char *words)
{
    struct reading reading = read_text(text);
    const int good = reading.scenario && has(&reading, words);

    reading_end(&reading);
    return good;
}

#endif
