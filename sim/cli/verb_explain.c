/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim explain: a policy, a distribution, a metric, a part of the format, or a whole scenario in
 * words. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/policies.h"
#include "sim/chart/chart.h"
#include "sim/cli/caution.h"
#include "sim/cli/order.h"
#include "sim/cli/theory_print.h"
#include "sim/run/asked.h"
#include "sim/run/plugin.h"
#include "sim/run/scope_name.h"
#include "sim/scenario/describe.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/topic.h"

struct explain {
    const struct verb *verb;
    struct order order;
};

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct explain *x = context;

    return order_take(&x->order, x->verb, o, value);
}

struct bit {
    unsigned bit;
    const char *what;
};

static bool print_bits(unsigned sees, const struct bit *bits, size_t n)
{
    bool any = false;
    size_t i;

    for (i = 0; i < n; i++)
        if (sees & bits[i].bit) {
            printf("  %s\n", bits[i].what);
            any = true;
        }
    return any;
}

static void print_sees(unsigned sees)
{
    static const struct bit bits[] = {
        { LB_SEES_LOAD, "requests at each server (its own in flight, unless told)" },
        { LB_SEES_TRUTH, "true queue lengths (simulation only)" },
        { LB_SEES_WORK, "the work left at each server" },
        { LB_SEES_SIZE, "declared sizes" },
        { LB_SEES_KEY, "keys" },
        { LB_SEES_RATE, "service rates" },
        { LB_SEES_REPORTS, "servers' reports" },
        { LB_SEES_RAMP, "how far servers are in their slow start" },
        { LB_SENDS_PROBES, "answers to probes it sends" }
    };
    fputs("\nSees\n", stdout);
    if (!print_bits(sees, bits, sizeof bits / sizeof bits[0]))
        puts("  nothing");
}

static void print_does(unsigned sees)
{
    static const struct bit bits[] = {
        { LB_SENDS_COPIES, "sends copies of a request" },
        { LB_MAY_HOLD, "holds requests back until a server is free" },
        { LB_CUTS, "bounds how long a server works at a request" },
    };

    if (!(sees & (LB_SENDS_COPIES | LB_MAY_HOLD | LB_CUTS)))
        return;
    fputs("\nDoes\n", stdout);
    print_bits(sees, bits, sizeof bits / sizeof bits[0]);
}

static void explain_policy(const struct lb_policy *p, const char *settings)
{
    const struct lb_about *about = p->about;
    const struct lb_alias *a;

    printf("%s (%s): %s\n", p->name, p->family, p->summary);
    if (settings[0])
        printf("this name sets %s\n", settings);
    if (about) {
        cli_paragraph(stdout, "Rule", about->rule);
        cli_paragraph(stdout, "Theory", about->formula);
        cli_paragraph(stdout, "Cost of a pick", about->cost);
        cli_paragraph(stdout, "When it disappoints", about->fails);
    }
    print_sees(p->sees);
    print_does(p->sees);
    if (p->params && p->params->name) {
        puts("\nParameters");
        topic_parameters(stdout, p->params, sizeof(struct lb_param));
    }
    if (p->aliases && p->aliases->name) {
        puts("\nAlso known as");
        for (a = p->aliases; a->name; a++)
            printf("  %-32s %s\n", a->name, a->settings);
    }
    if (about) {
        cli_paragraph(stdout, "Source", about->source);
        if (about->scenario)
            printf("\nTry\n  lbsim run %s --policy %s\n", about->scenario, p->name);
    }
}

static bool explain_metric(const char *name)
{
    struct metric m;
    char scopes[160];

    if (metric_known(name, strcspn(name, "{"), &m))
        return false;
    scope_list(m.scopes, scopes, sizeof scopes);
    printf("%s%s%s%s: %s\nunit %s; %s\ntold of %s, with its name in braces\n", m.name,
           m.statistic[0] ? "." : "", m.statistic, asked_threshold(&m), m.summary, m.unit,
           m.better < 0   ? "less is better"
           : m.better > 0 ? "more is better"
                          : "neither more nor less is better",
           scopes);
    if (m.scopes & OF_SERVER)
        puts("of a zone: of the servers in it; of a server or group: of the requests that were "
             "there");
    puts("of windows of time: run.windows (`lbsim explain windows`)");
    return true;
}

/* Some charts have the name of something else as well, which was told `before`. */
static bool explain_chart(const char *name, bool before)
{
    const struct chart *chart = chart_named(name);

    if (!chart)
        return false;
    printf("%s%s (chart): %s\n", before ? "\n" : "", name, chart->summary);
    cli_paragraph(stdout, "What it shows", chart->help);
    cli_paragraph(stdout, "It is not drawn if", chart->needs);
    if (chart->takes != METRIC_FIXED)
        printf("\n--metric: %s; of its own %s\n",
               chart->takes == METRIC_DURATION ? "a duration (latency, wait, service, slowdown)"
                                               : "any number (latency.p99, queue.mean)",
               *chart->metric ? chart->metric : "several");
    printf("\nTry\n  lbsim plot RESULTS --chart %s\n", name);
    return true;
}

static bool explain_warning(const char *name)
{
    size_t i;

    for (i = 0; caution_codes[i][0]; i++)
        if (!strcmp(caution_codes[i][0], name)) {
            printf("%s: %s\n", name, caution_codes[i][1]);
            return true;
        }
    return false;
}

static bool explain_model(const char *name)
{
    const struct theory_model *model = theory_model(name);

    if (model)
        theory_print_model(stdout, model);
    return model;
}

/* "load: 0.5, 0.6, ... 0.95 (10 values)". */
static void print_axis(const struct axis *axis)
{
    enum { FEW = 6 };
    uint32_t i;

    printf("  %s: ", axis->path);
    for (i = 0; i < axis->n; i++)
        if (axis->n <= FEW || i < 2 || i + 1 == axis->n)
            printf("%s%.60s", i ? ", " : "", axis->at[i].text);
        else if (i == 2)
            printf(", ...");
    if (axis->n > FEW)
        printf(" (%u values)", axis->n);
    putchar('\n');
}

static void print_sweep(const struct study *study)
{
    uint32_t i;

    if (!study->axes_n)
        return;
    printf("\nThat is the first of %u points, %s. Swept are\n", study->cells_n,
           study->cells[0].name);
    for (i = 0; i < study->axes_n; i++)
        print_axis(&study->axes[i]);
}

static int explain_scenario(struct explain *x, const struct policy_source *source)
{
    struct diagnostics *said = diagnostics_open();
    struct study *study = NULL;
    int status = EXIT_MACHINE;

    if (said)
        study = order_study(&x->order, source, said, &status);
    if (study) {
        scenario_describe(study->cells[0].scenario, stdout);
        print_sweep(study);
        status = EXIT_DONE;
    }
    study_close(study);
    diagnostics_close(said);
    return status;
}

static int unknown(const struct policy_source *source, const char *name)
{
    struct nearest nearest = nearest_to(name);
    const char *known;
    uint32_t i;

    for (i = 0; (known = source->name(source->context, i)); i++)
        nearest_see(&nearest, known);
    for (i = 0; chart_at(i); i++)
        nearest_see(&nearest, chart_at(i)->name);
    if (nearest_found(&nearest))
        cli_say("explain: nothing is called \"%s\"; did you mean \"%s\"?", name,
                nearest_found(&nearest));
    else
        cli_say("explain: nothing is called \"%s\"; see lbsim list", name);
    return EXIT_USAGE;
}

static int explain(struct explain *x, const struct policy_source *source)
{
    const char *name = x->order.path, *settings = "";
    const struct lb_policy *p;
    char why[512];
    bool told;

    if (!name) {
        cli_say("explain: name a policy, a distribution, a metric or a scenario file");
        return EXIT_USAGE;
    }
    if (strlen(name) > 5 && !strcmp(name + strlen(name) - 5, ".json"))
        return explain_scenario(x, source);
    p = source->find(source->context, name, &settings, why, sizeof why);
    if (p) {
        explain_policy(p, settings);
        return EXIT_DONE;
    }
    told = topic_explain(stdout, name) || explain_metric(name) || explain_warning(name) ||
           explain_model(name);
    if (explain_chart(name, told) || told)
        return EXIT_DONE;
    if (strchr(name, '/')) {
        cli_say("explain: %s", why);
        return EXIT_USAGE;
    }
    return unknown(source, name);
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct explain *x = calloc(1, sizeof *x);
    struct plugins *plugins = plugins_open();
    struct policy_source source;
    int status = EXIT_MACHINE;

    if (x && plugins) {
        x->verb = verb;
        source = plugins_source(plugins);
        status = cli_read(verb, n, words, take, x);
        if (status == 0)
            status = explain(x, &source);
        order_close(&x->order);
    }
    plugins_close(plugins);
    free(x);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    ORDER_SCENARIO_OPTIONS,
    ORDER_REPLICATIONS,
    { NULL, 0, NULL, NULL },
};

const struct verb verb_explain = {
    .name = "explain",
    .arguments = "NAME|SCENARIO",
    .summary = "the rule, parameters, cost and source of a policy; or what a scenario models",
    .more = "  lbsim explain p2c\n  lbsim explain exponential\n  lbsim explain outlier\n"
            "  lbsim explain envoy:outlier\n"
            "  lbsim explain scenarios/first/quickstart.json\n",
    .options = options,
    .run = run_verb,
};
