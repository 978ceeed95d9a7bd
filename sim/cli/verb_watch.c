/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim watch: a scenario in the terminal, slowed down. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/order.h"
#include "sim/play/watch.h"
#include "sim/run/plugin.h"

enum { FPS = 20, FPS_MOST = 60 };

struct watching {
    const struct verb *verb;
    struct order order;
    struct watch_order watch;
};

static int take_speed(struct watching *w, const char *value)
{
    char *end;
    double speed = strtod(value, &end);

    if (!strcmp(value, "max"))
        speed = INFINITY;
    else if (*end || end == value || !(speed >= 1e-9 && speed <= 1e12)) {
        cli_say("watch: --speed %s: expected model seconds a second, as in --speed 0.01, or max",
                value);
        return EXIT_USAGE;
    }
    w->watch.speed = speed;
    return 0;
}

static int take_fps(struct watching *w, const char *value)
{
    char *end;
    long n = strtol(value, &end, 10);

    if (*end || end == value || n < 1 || n > FPS_MOST) {
        cli_say("watch: --fps %s: expected a whole number from 1 to %d", value, FPS_MOST);
        return EXIT_USAGE;
    }
    w->watch.fps = (uint32_t)n;
    return 0;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct watching *w = context;

    if (o && !strcmp(o->name, "speed"))
        return take_speed(w, value);
    if (o && !strcmp(o->name, "fps"))
        return take_fps(w, value);
    if (o && !strcmp(o->name, "plain")) {
        w->watch.plain = true;
        return 0;
    }
    return order_take(&w->order, w->verb, o, value);
}

/* One point, and not too many policies: what can be looked at. */
static int check_study(const struct study *study)
{
    if (study->cells_n > 1) {
        cli_say("watch: the scenario has %u points, and one at a time can be watched: choose one, "
                "as in --set %s=%s",
                study->cells_n, study->cells[0].at[0].path, study->cells[0].at[0].text);
        return EXIT_USAGE;
    }
    if (study->contenders_n > STAGE_MOST) {
        cli_say("watch: %u policies, and %d at a time can be watched: choose with --policy",
                study->contenders_n, STAGE_MOST);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static int show(struct watching *w, const struct study *study)
{
    char why[400];

    w->watch.study = study;
    w->watch.color = cli_color(stdout, w->order.plain);
    switch (watch(&w->watch, why, sizeof why)) {
    case WATCH_DONE:
        return EXIT_DONE;
    case WATCH_INTERRUPTED:
        return EXIT_INTERRUPTED;
    case WATCH_FAILED:
        cli_say("%s", why);
        return strstr(why, "accounting broke") ? EXIT_ACCOUNTING : EXIT_CLAIM;
    default:
        cli_say("watch: %s", why);
        return EXIT_MACHINE;
    }
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct watching *w = calloc(1, sizeof *w);
    struct plugins *plugins = plugins_open();
    struct diagnostics *said = diagnostics_open();
    struct study *study = NULL;
    struct policy_source source;
    int status = EXIT_MACHINE;

    if (w && plugins && said) {
        w->verb = verb;
        w->watch.fps = FPS;
        status = cli_read(verb, n, words, take, w);
        source = plugins_source(plugins);
        if (status == 0)
            study = order_study(&w->order, &source, said, &status);
        if (study)
            status = check_study(study);
        if (study && status == EXIT_DONE)
            status = show(w, study);
        order_close(&w->order);
    } else {
        cli_say("out of memory");
    }
    study_close(study);
    diagnostics_close(said);
    plugins_close(plugins);
    free(w);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    ORDER_SCENARIO_OPTIONS,
    { "speed", 0, "X",
      "model seconds a second (default: a mean service takes about a second); "
      "max: as fast as it goes" },
    { "fps", 0, "N", "frames a second at most (default: 20)" },
    { "plain", 0, NULL, "lines instead of the screen" },
    { "quiet", 'q', NULL, "no warnings" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_watch = {
    .name = "watch",
    .arguments = "[SCENARIO]",
    .summary = "see it in the terminal, slowed down, policies side by side",
    .more =
        "  lbsim watch scenarios/first/quickstart.json --policy p2c --policy random --speed 0.005\n"
        "Keys: space pauses, n or right goes to the next event, + and - change the speed, Tab\n"
        "the policy, ? helps, q quits. Without a terminal, or with TERM=dumb, it prints lines,\n"
        "and into a file or pipe as fast as it goes. It ends with the counters, which are those\n"
        "of the first replication of lbsim run.\n",
    .options = options,
    .run = run_verb,
};
