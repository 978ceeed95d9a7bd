/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/completion.h"

#include <string.h>

#include "models/policies.h"
#include "sim/chart/chart.h"
#include "sim/record/metric.h"

static bool has_word(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    size_t n = strlen(word);

    for (; at; at = strstr(at + 1, word)) {
        bool begins = at == text || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", at[-1]);

        if (begins && (!at[n] || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ=", at[n])))
            return true;
    }
    return false;
}

enum completion completion_of_option(const struct cli_option *o)
{
    const char *text = o->argument;

    if (!text)
        return COMPLETE_NOTHING;
    if (strchr(text, '|'))
        return COMPLETE_CHOICES;
    if (!strcmp(text, "P") && !strcmp(o->name, "policy"))
        return COMPLETE_POLICIES;
    return !strcmp(text, "M")          ? COMPLETE_METRICS
           : !strcmp(text, "CHART")    ? COMPLETE_CHARTS
           : !strcmp(text, "DIR")      ? COMPLETE_DIRECTORIES
           : !strcmp(text, "SCENARIO") ? COMPLETE_SCENARIOS
           : !strcmp(text, "FILE")     ? COMPLETE_FILES
                                       : COMPLETE_NOTHING;
}

enum completion completion_of_verb(const struct verb *v)
{
    const char *text = v->arguments;

    if (has_word(text, "NAME"))
        return COMPLETE_NAMES;
    if (has_word(text, "SCENARIO") || has_word(text, "FILE"))
        return COMPLETE_SCENARIOS;
    if (has_word(text, "RESULTS"))
        return COMPLETE_RESULTS;
    if (has_word(text, "LOG"))
        return COMPLETE_FILES;
    return strchr(text, '|') ? COMPLETE_CHOICES : COMPLETE_NOTHING;
}

void completion_text(FILE *out, const char *text, const char *quote, const char *escaped)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs(quote, out);
            continue;
        }
        if (strchr(escaped, *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void put_word(FILE *out, const char *word, const char *escaped, bool *first)
{
    fputs(*first ? "" : " ", out);
    *first = false;
    completion_text(out, word, "", escaped);
}

static void put_policies(FILE *out, const char *escaped, bool *first)
{
    uint32_t i;

    for (i = 0; policies[i]; i++) {
        const struct lb_alias *a;

        put_word(out, policies[i]->name, escaped, first);
        for (a = policies[i]->aliases; a && a->name; a++)
            put_word(out, a->name, escaped, first);
    }
}

static void put_metrics(FILE *out, const char *escaped, bool *first)
{
    char full[128];
    struct metric m;
    uint32_t i;

    for (i = 0; metric_name_at(i, &m); i++) {
        snprintf(full, sizeof full, "%s%s%s", m.name, m.statistic[0] ? "." : "", m.statistic);
        put_word(out, full, escaped, first);
    }
}

static void put_charts(FILE *out, const char *escaped, bool *first)
{
    const struct chart *chart;

    for (uint32_t i = 0; (chart = chart_at(i)); i++)
        put_word(out, chart->name, escaped, first);
}

void completion_words(FILE *out, enum completion kind, const char *choices, const char *escaped)
{
    bool first = true;
    char word[64];

    if (kind == COMPLETE_POLICIES || kind == COMPLETE_NAMES)
        put_policies(out, escaped, &first);
    if (kind == COMPLETE_METRICS || kind == COMPLETE_NAMES)
        put_metrics(out, escaped, &first);
    if (kind == COMPLETE_CHARTS || kind == COMPLETE_NAMES)
        put_charts(out, escaped, &first);
    while (kind == COMPLETE_CHOICES && *choices) {
        size_t n = strcspn(choices, "|");

        snprintf(word, sizeof word, "%.*s", (int)n, choices);
        put_word(out, word, escaped, &first);
        choices += n + (choices[n] == '|');
    }
}
