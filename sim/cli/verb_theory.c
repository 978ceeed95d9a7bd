/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim theory: queues with known answers, asked by name or found for a scenario. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/theory_table.h"
#include "sim/scenario/closed_form.h"
#include "sim/cli/order.h"
#include "sim/cli/theory_print.h"
#include "sim/run/plugin.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/units.h"

enum { WORDS_MOST = 32 };

struct theory {
    const struct verb *verb;
    struct order order;
    bool like; /* any option that only a scenario has */
    const char *words[WORDS_MOST];
    uint32_t words_n;
    struct metrics metrics;
};

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct theory *x = context;

    if (!o) {
        if (x->words_n == WORDS_MOST) {
            cli_say("theory: more than %d words", WORDS_MOST);
            return EXIT_USAGE;
        }
        x->words[x->words_n++] = value;
        return 0;
    }
    if (!strcmp(o->name, "like")) {
        x->like = true;
        return order_take(&x->order, x->verb, NULL, value);
    }
    x->like |= o->argument && strcmp(o->name, "format") != 0;
    return order_take(&x->order, x->verb, o, value);
}

/* ---- A model by its name. */

static const struct theory_model *find_model(const char *name)
{
    const struct theory_model *model = theory_model(name);
    struct nearest nearest = nearest_to(name);

    if (model)
        return model;
    for (model = theory_models; model->name; model++)
        nearest_see(&nearest, model->name);
    if (nearest_found(&nearest))
        cli_say("theory: unknown model \"%s\"; did you mean \"%s\"?", name,
                nearest_found(&nearest));
    else
        cli_say("theory: unknown model \"%s\"; lbsim theory lists them", name);
    return NULL;
}

static const struct theory_parameter *find_parameter(const struct theory_model *model,
                                                     const char *name)
{
    const struct theory_parameter *p;
    struct nearest nearest = nearest_to(name);

    for (p = model->parameters; p->name; p++) {
        if (!strcmp(p->name, name))
            return p;
        nearest_see(&nearest, p->name);
    }
    if (nearest_found(&nearest))
        cli_say("theory: %s: unknown parameter \"%s\"; did you mean \"%s\"?", model->name, name,
                nearest_found(&nearest));
    else
        cli_say("theory: %s: unknown parameter \"%s\"; see lbsim explain %s", model->name, name,
                model->name);
    return NULL;
}

/* A number, with a unit or without. False: it is none. */
static bool read_number(const char *unit, const char *text, double *value)
{
    char *end;

    *value = strtod(text, &end);
    if (end != text && !*end && !isnan(*value))
        return true;
    return *unit && !unit_read(!strcmp(unit, "s") ? UNIT_TIME : UNIT_RATE, text, value);
}

static bool read_word(const struct theory_parameter *p, const char *text, double *value)
{
    uint32_t i;

    for (i = 0; p->words[i]; i++)
        if (!strcmp(p->words[i], text)) {
            *value = i;
            return true;
        }
    return false;
}

/* Numbers with commas between them. */
static bool read_list(const struct theory_parameter *p, const char *text, struct theory_list *list)
{
    char one[64];
    size_t n;

    for (list->n = 0; list->n < THEORY_LIST; text += n + 1) {
        n = strcspn(text, ",");
        snprintf(one, sizeof one, "%.*s", (int)n, text);
        if (n >= sizeof one || !read_number(p->unit, one, &list->at[list->n++]))
            return false;
        if (!text[n])
            return true;
    }
    return false;
}

static void say_expected(const struct theory_model *model, const struct theory_parameter *p,
                         const char *text)
{
    char words[128] = "";
    size_t at = 0;
    uint32_t i;

    for (i = 0; p->words && p->words[i] && at < sizeof words; i++)
        at += (size_t)snprintf(words + at, sizeof words - at, "%s%s", i ? ", " : "", p->words[i]);
    cli_say("theory: %s: %s=%s: expected %s", model->name, p->name, text,
            p->words                    ? words
            : p->kind == THEORY_NUMBERS ? "1 to 16 numbers with commas between them"
            : !strcmp(p->unit, "s")     ? "a time: seconds, or \"10ms\""
            : !strcmp(p->unit, "1/s")   ? "a rate: per second, or \"60/min\""
                                        : "a number");
}

/* One word "name=value". */
static int read_setting(const struct theory_model *model, struct theory_question *q,
                        const char *word)
{
    const char *value = strchr(word, '=');
    const struct theory_parameter *p;
    char name[64];
    bool good;

    if (!value) {
        cli_say("theory: %s: \"%s\": expected NAME=VALUE, for example load=0.9", model->name, word);
        return EXIT_USAGE;
    }
    snprintf(name, sizeof name, "%.*s", (int)(value - word), word);
    p = find_parameter(model, name);
    if (!p)
        return EXIT_USAGE;
    value++;
    if (p->kind == THEORY_NUMBERS)
        good = read_list(p, value, theory_place(p, q));
    else if (p->kind == THEORY_CHOICE)
        good = read_word(p, value, theory_place(p, q));
    else
        good = read_number(p->unit, value, theory_place(p, q));
    if (!good)
        say_expected(model, p, value);
    return good ? 0 : EXIT_USAGE;
}

/* A parameter may be given once. */
static int check_twice(const struct theory *x)
{
    uint32_t i, j;

    for (i = 1; i < x->words_n; i++)
        for (j = 1; j < i; j++)
            if (strcspn(x->words[i], "=") == strcspn(x->words[j], "=") &&
                !strncmp(x->words[i], x->words[j], strcspn(x->words[i], "="))) {
                cli_say("theory: %s: given twice: %s and %s", x->words[0], x->words[j],
                        x->words[i]);
                return EXIT_USAGE;
            }
    return 0;
}

static int answer_model(const struct theory *x)
{
    const struct theory_model *model = find_model(x->words[0]);
    struct theory_question q;
    struct theory_answer answer;
    struct theory_sheet sheet;
    char why[200];
    int status = model ? check_twice(x) : EXIT_USAGE;
    uint32_t i;

    if (status)
        return status;
    q = theory_question(model);
    for (i = 1; i < x->words_n && !status; i++)
        status = read_setting(model, &q, x->words[i]);
    if (status)
        return status;
    if (!theory_solve(model, &q, &answer, why, sizeof why)) {
        cli_say("theory: %s: %s", model->name, why);
        return EXIT_USAGE;
    }
    sheet =
        (struct theory_sheet) { .output = x->order.output, .metrics = &x->metrics, .model = model };
    theory_print_begin(stdout, &sheet);
    theory_print_answer(stdout, &sheet, model->name, &answer, NULL);
    theory_print_end(stdout, &sheet);
    return EXIT_DONE;
}

/* ---- The models of a scenario. */

static void answer_policies(const struct theory *x, const struct scenario *s)
{
    struct theory_sheet sheet = { .output = x->order.output, .metrics = &x->metrics };
    struct theory_answer answer;
    uint32_t i;

    theory_print_begin(stdout, &sheet);
    for (i = 0; i < s->policies_n; i++) {
        const char *why = closed_form(s, &s->policies[i], &answer);

        if (i && sheet.output == OUTPUT_TABLE)
            putchar('\n');
        theory_print_answer(stdout, &sheet, s->policies[i].label, &answer, why);
    }
    theory_print_end(stdout, &sheet);
}

static int answer_scenario(const struct theory *x)
{
    struct plugins *plugins = plugins_open();
    struct diagnostics *said = diagnostics_open();
    struct policy_source source;
    struct scenario *s = NULL;
    int status = EXIT_MACHINE;

    if (plugins && said) {
        source = plugins_source(plugins);
        s = order_scenario(&x->order, &source, said, &status);
    }
    if (s) {
        answer_policies(x, s);
        status = EXIT_DONE;
    }
    scenario_close(s);
    diagnostics_close(said);
    plugins_close(plugins);
    return status;
}

static int obey(const struct theory *x)
{
    if (x->words_n && x->like) {
        cli_say("theory: name a model with its numbers (lbsim theory %s load=0.9), or a scenario "
                "with its options; not both",
                x->words[0]);
        return EXIT_USAGE;
    }
    if (x->like)
        return answer_scenario(x);
    if (x->words_n)
        return answer_model(x);
    if (x->order.output != OUTPUT_TABLE) {
        cli_say("theory: --format goes with a model, or with --like");
        return EXIT_USAGE;
    }
    theory_print_models(stdout);
    return EXIT_DONE;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct theory *x = calloc(1, sizeof *x);
    int status = EXIT_MACHINE;

    if (x && metrics_open(&x->metrics, NULL, 0) == 0) {
        x->verb = verb;
        status = cli_read(verb, n, words, take, x);
        if (status == 0)
            status = obey(x);
        order_close(&x->order);
        metrics_close(&x->metrics);
    } else
        cli_say("out of memory");
    free(x);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    { "like", 0, "SCENARIO", "the models that fit each policy of a scenario" },
    ORDER_SCENARIO_OPTIONS,
    ORDER_REPLICATIONS,
    { "format", 0, "table|json|csv", "what standard output gets (default: table)" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_theory = {
    .name = "theory",
    .arguments = "[MODEL [NAME=VALUE ...]]",
    .summary = "the numbers of queues with known answers; alone: the models",
    .more = "  lbsim theory mmc servers=10 load=0.9\n"
            "  lbsim theory erlang_a servers=10 rate=1200 service=10ms patience=50ms\n"
            "  lbsim theory --like scenarios/first/quickstart.json\n"
            "The mean service time is 1 s unless given. `lbsim explain MODEL` tells its "
            "parameters.\n",
    .options = options,
    .run = run_verb,
};
