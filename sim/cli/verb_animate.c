/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim animate: a page on which the requests move and the queues grow. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/directory.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/keep.h"
#include "sim/cli/order.h"
#include "sim/cli/whole_file.h"
#include "sim/play/animation.h"
#include "sim/run/plugin.h"
#include "sim/scenario/units.h"

enum { POLICIES_UNASKED = 4, PLACE_ROOM = 2048 };

struct animate {
    const struct verb *verb;
    struct order order;
    lb_time from, to;
    struct study *study;
    struct plugins *plugins;
    struct diagnostics *said;
    const struct contender *shown[ANIMATION_POLICIES];
    uint32_t shown_n;
    struct animation animation;
    struct animation_order what;
    char place[PLACE_ROOM];
};

static int take_time(const struct animate *x, const struct cli_option *o, const char *text,
                     lb_time *t)
{
    double seconds;
    const char *wanted = unit_read(UNIT_TIME, text, &seconds);

    if (!wanted && seconds >= 0.0 && seconds < 1e9) {
        *t = (lb_time)(seconds * 1e9 + 0.5);
        return 0;
    }
    cli_say("%s: --%s: \"%s\" is no time: expected %s", x->verb->name, o->name, text,
            unit_example(UNIT_TIME));
    return EXIT_USAGE;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct animate *x = context;

    if (o && !strcmp(o->name, "from"))
        return take_time(x, o, value, &x->from);
    if (o && !strcmp(o->name, "to"))
        return take_time(x, o, value, &x->to);
    return order_take(&x->order, x->verb, o, value);
}

/* ---- What to show. */

/* The policies of the sweep's first point: the ones asked for, else as many as one can look at. */
static int choose(struct animate *x)
{
    const struct study *s = x->study;
    const uint32_t most = x->order.policies_n ? ANIMATION_POLICIES : POLICIES_UNASKED;
    uint32_t i, n = 0;

    if (x->order.sweeps_n) {
        cli_say("animate: it shows one point: --set PATH=VALUE instead of --sweep");
        return EXIT_USAGE;
    }
    for (i = 0; i < s->contenders_n && s->contenders[i].cell == 0; i++, n++)
        if (n < most)
            x->shown[x->shown_n++] = &s->contenders[i];
    if (s->cells_n > 1 && !x->order.quiet)
        cli_say("animate: the first point of the sweep, %s; --set shows another", s->cells[0].name);
    if (n > most && x->order.policies_n) {
        cli_say("animate: at most %d policies on a page", ANIMATION_POLICIES);
        return EXIT_USAGE;
    }
    if (n > most && !x->order.quiet)
        cli_say("animate: the first %u of %u policies; --policy P shows others", most, n);
    if (x->from < x->to)
        return EXIT_DONE;
    cli_say("animate: --from must come before --to");
    return EXIT_USAGE;
}

static int find_place(struct animate *x)
{
    int failed;

    if (x->order.out) {
        snprintf(x->place, sizeof x->place, "%s", x->order.out);
        return EXIT_DONE;
    }
    keep_directory(x->place, sizeof x->place - 20, NULL, x->study->name);
    failed = directory_make(x->place);
    if (failed) {
        cli_say("%s: %s", x->place, strerror(-failed));
        return EXIT_MACHINE;
    }
    strncat(x->place, "/animation.html", 20);
    return EXIT_DONE;
}

/* ---- The page. */

static int write_page(struct animate *x)
{
    struct whole_file file;
    bool good;

    if (!strcmp(x->place, "-"))
        return animation_write(&x->animation, stdout) ? EXIT_MACHINE : EXIT_DONE;
    if (whole_file_open(&file, x->place)) {
        cli_say("%s: %s", x->place, strerror(errno));
        return EXIT_MACHINE;
    }
    good = animation_write(&x->animation, file.out) == 0;
    if (whole_file_end(&file, good) == 0 && good)
        return EXIT_DONE;
    cli_say("%s: %s", x->place, strerror(errno));
    return EXIT_MACHINE;
}

static void tell(const struct animate *x)
{
    const struct animation *a = &x->animation;

    if (x->order.quiet || !strcmp(x->place, "-"))
        return;
    printf("%s: open it in a browser\n", x->place);
    if (a->windowed && !a->shortened && x->from == 0 && x->to == LB_NEVER)
        printf("the run is too long for a page: it shows %u parts, around what one would like to "
               "see; --from and --to, or fewer --requests, show others\n",
               a->windows);
    else if (a->shortened)
        printf("it is too long for a page, which ends at %.6g s\n", (double)a->window[0].to / 1e9);
}

static int animate(struct animate *x)
{
    int status = choose(x);

    if (status == EXIT_DONE)
        status = find_place(x);
    if (status != EXIT_DONE)
        return status;
    x->what = (struct animation_order) { .contender = x->shown,
                                         .n = x->shown_n,
                                         .from = x->from,
                                         .to = x->to,
                                         .stop = interrupt_flag() };
    if (animation_make(&x->animation, &x->what)) {
        if (interrupt_seen())
            return EXIT_INTERRUPTED;
        cli_say("animate: %s", x->animation.why);
        return strstr(x->animation.why, "accounting broke") ? EXIT_ACCOUNTING : EXIT_MACHINE;
    }
    status = write_page(x);
    if (status == EXIT_DONE)
        tell(x);
    return status;
}

static int animate_verb(const struct verb *verb, int n, char **words)
{
    struct animate *x = calloc(1, sizeof *x);
    int status;

    if (!x) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    x->verb = verb;
    x->to = LB_NEVER;
    status = cli_read(verb, n, words, take, x);
    x->plugins = plugins_open();
    x->said = diagnostics_open();
    if (status == 0 && (!x->plugins || !x->said)) {
        cli_say("out of memory");
        status = EXIT_MACHINE;
    }
    if (status == 0) {
        const struct policy_source source = plugins_source(x->plugins);

        x->study = order_study(&x->order, &source, x->said, &status);
        if (x->study) {
            interrupt_catch();
            status = animate(x);
        }
    }
    animation_close(&x->animation);
    study_close(x->study);
    diagnostics_close(x->said);
    plugins_close(x->plugins);
    order_close(&x->order);
    free(x);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    ORDER_SCENARIO_OPTIONS,
    { "from", 0, "T", "begin the film at this instant of the run (\"2s\")" },
    { "to", 0, "T", "end it at this one" },
    { "out", 'o', "FILE",
      "where the page goes (default: results/NAME/animation.html); -: standard output" },
    { "quiet", 'q', NULL, "no word on where it is, no warnings" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_animate = {
    .name = "animate",
    .arguments = "[SCENARIO]",
    .summary = "a web page on which the requests move and the queues grow",
    .more =
        "It shows what lbsim run simulates first (replication 0), policies side by side on the\n"
        "same requests, slowed down; what the balancer believes beside what is true; and, at a\n"
        "click, why it picked this server. One file that opens from disk, without a network.\n"
        "  lbsim animate scenarios/first/quickstart.json --policy random --policy p2c\n"
        "  lbsim animate cluster.json --requests 5000 -o lecture.html\n"
        "A page holds 60000 requests of all its policies, and 2 MB: of a longer run it shows\n"
        "the parts around the longest queue, the first failures and what the timeline changes.\n",
    .options = options,
    .run = animate_verb,
};
