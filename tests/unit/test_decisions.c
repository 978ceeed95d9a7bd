/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a policy decides is the same with and without a log of it, and the same again when the log
 * is played; and a log in which something is changed is not the same, or is refused. All runs have
 * fixed seeds: nothing here fails by chance. */
#include <CUnit/CUnit.h>
#include <ctype.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/policies.h"
#include "tests/unit/decision_fixture.h"

static struct plugins *plugins;
static struct policy_source source;

static int begin(void)
{
    plugins = plugins_open();
    source = plugins_source(plugins);
    return plugins == NULL;
}

static int end(void)
{
    plugins_close(plugins);
    return 0;
}

/* ---- Every policy, with every choice. */

static int same_outcomes(const struct outcome *a, const struct outcome *b)
{
    return a->in_system == b->in_system && a->values_n == b->values_n &&
           !memcmp(a->values, b->values, a->values_n * sizeof a->values[0]) &&
           a->tally.sent == b->tally.sent && a->tally.in_system == b->tally.in_system &&
           a->tally.messages == b->tally.messages &&
           !memcmp(a->tally.attempts, b->tally.attempts, sizeof a->tally.attempts);
}

/* False: this policy is not run so. */
static bool is_replayed(uint32_t scenario, const char *policy)
{
    struct scenario *s = decision_scenario(&source, scenario, policy, true);
    struct decision_log_kept k;
    struct replayed r = { .picks = 0 };
    bool good;

    if (!s)
        return false;
    if (decision_keep(s, &s->policies[0], &k)) {
        printf("%s in scenario %u: %s\n", policy, scenario, k.without.why);
        decision_kept_end(&k);
        return false;
    }
    good = decision_play(&s->policies[0], k.text, k.length, &r) == 0 && r.picks >= 500 &&
           r.same == r.picks && r.granted == r.wishes && !r.first_different &&
           r.policy == &s->policies[0] && same_outcomes(&k.with, &k.without);
    if (!good)
        printf("%s in scenario %u: %s\n", policy, scenario, r.why);
    CU_ASSERT_TRUE(good);
    decision_kept_end(&k);
    return true;
}

static void test_every_policy(void)
{
    static const char *const tags_of[DECISION_SCENARIOS] = {
        "{ \"policy\": \"tags\", \"cutoffs\": [\"1ms\", \"3ms\", \"5ms\", \"7ms\", \"9ms\", "
        "\"12ms\", \"16ms\", \"22ms\", \"30ms\"] }",
        "{ \"policy\": \"tags\", \"cutoffs\": [\"4ms\", \"6ms\", \"9ms\", \"15ms\", \"25ms\"] }",
        NULL, /* it would cut what is sent again and again */
        "{ \"policy\": \"tags\", \"cutoffs\": [\"7ms\", \"15ms\"] }",
    };
    uint32_t i, k, runs;
    char name[80];

    for (i = 0; policies[i]; i++) {
        snprintf(name, sizeof name, "\"%s\"", policies[i]->name);
        for (k = 0, runs = 0; k < DECISION_SCENARIOS; k++)
            if (strcmp(policies[i]->name, "tags") || tags_of[k])
                runs += is_replayed(k, strcmp(policies[i]->name, "tags") ? name : tags_of[k]);
        if (runs == 0)
            printf("%s was never run\n", name);
        CU_ASSERT_TRUE(runs > 0);
    }
}

static void try_choice(const struct lb_policy *policy, const struct lb_param *param,
                       const char *value, uint32_t *runs)
{
    char text[160];
    uint32_t k;

    snprintf(text, sizeof text, "{ \"policy\": \"%s\", \"%s\": %s }", policy->name, param->name,
             value);
    for (k = 1; k < 3; k++)
        *runs += is_replayed(k, text);
}

static void test_every_choice(void)
{
    const struct lb_param *p;
    uint32_t i, k, runs = 0;
    char value[64];

    for (i = 0; policies[i]; i++)
        for (p = policies[i]->params; p && p->name; p++) {
            for (k = 0; p->type == LB_CHOICE && p->choices[k]; k++) {
                snprintf(value, sizeof value, "\"%s\"", p->choices[k]);
                try_choice(policies[i], p, value, &runs);
            }
            if (p->type == LB_FLAG) {
                try_choice(policies[i], p, "false", &runs);
                try_choice(policies[i], p, "true", &runs);
            }
        }
    CU_ASSERT_TRUE(runs > 40);
}

/* ---- A policy that asks its host for all that there is. */

struct busy {
    const struct lb_view *view;
    struct lb_host *host;
    struct lb_random random;
    uint64_t held; /* a ticket */
    uint32_t turn, reports, wakings;
};

static void *busy_open(const struct lb_setup *setup)
{
    struct busy *b = calloc(1, sizeof *b);

    *b = (struct busy) { .view = setup->view, .host = setup->host, .random = setup->random };
    b->host->wake(b->host, 1000000, 1);
    return b;
}

/* Each fifth request is held at first. What it picks hangs on all that it has heard. */
static lb_server busy_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct busy *b = self;

    if (request->id % 5 == 0 && request->offer == 0) {
        *request->memo = lb_bits(&b->random);
        b->held = request->ticket;
        return LB_HOLD;
    }
    if (b->view->usable_n == 0)
        return LB_NONE;
    b->turn += lb_below(random, 3) + b->reports + b->wakings + (uint32_t)*request->memo;
    *request->memo += b->turn;
    b->host->publish(b->host, b->turn);
    return b->view->usable[b->turn % b->view->usable_n];
}

static void busy_sent(void *self, const struct lb_request *request, lb_server server)
{
    struct busy *b = self;

    b->turn += (uint32_t)*request->memo;
    b->host->probe(b->host, server, request->id);
}

static void busy_offers(struct busy *b)
{
    uint64_t *memo = b->held ? b->host->memo(b->host, b->held) : NULL;

    if (!memo)
        return;
    b->turn += (uint32_t)*memo;
    *memo += b->view->inflight[0];
    b->host->offer(b->host, b->held);
    b->turn += b->view->inflight[0]; /* which may just have changed */
    b->held = 0;
}

static void busy_done(void *self, const struct lb_outcome *outcome)
{
    struct busy *b = self;

    b->turn += (uint32_t)*outcome->request->memo + outcome->status;
    *outcome->request->memo = 0;
    busy_offers(b);
}

static void busy_report(void *self, const struct lb_report *report, lb_time now)
{
    struct busy *b = self;

    (void)now;
    b->reports += report->running + report->waiting + b->view->report[report->server].running;
    if (report->cookie % 7 == 0)
        busy_offers(b);
}

static void busy_wake(void *self, uint64_t cookie, lb_time now)
{
    struct busy *b = self;

    b->wakings += (uint32_t)cookie;
    busy_offers(b);
    b->host->wake(b->host, now + 3000000, cookie + 1);
}

static const struct lb_policy busy = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "busy",
    .sees = LB_SEES_LOAD | LB_SEES_REPORTS | LB_SENDS_PROBES | LB_MAY_HOLD | LB_USES_MEMO,
    .open = busy_open,
    .close = free,
    .pick = busy_pick,
    .sent = busy_sent,
    .done = busy_done,
    .report = busy_report,
    .wake = busy_wake,
};

static struct policy_spec busy_spec(const struct scenario *s)
{
    struct policy_spec spec = s->policies[0];

    spec.name = "busy";
    spec.policy = &busy;
    return spec;
}

static uint64_t count(const char *text, const char *words)
{
    uint64_t n = 0;

    for (; (text = strstr(text, words)) != NULL; text++)
        n++;
    return n;
}

static void test_all_wishes(void)
{
    struct scenario *s;
    struct policy_spec spec;
    struct decision_log_kept k;
    struct replayed r;
    uint32_t i;

    for (i = 0; i < DECISION_SCENARIOS; i++) {
        s = decision_scenario(&source, i, "\"random\"", false);
        CU_ASSERT_PTR_NOT_NULL_FATAL(s);
        spec = busy_spec(s);
        CU_ASSERT_EQUAL_FATAL(decision_keep(s, &spec, &k), 0);
        CU_ASSERT_TRUE(same_outcomes(&k.with, &k.without));
        CU_ASSERT_EQUAL(decision_play(&spec, k.text, k.length, &r), 0);
        CU_ASSERT_TRUE(r.picks > 500 && r.same == r.picks);
        CU_ASSERT_TRUE(r.wishes > 2000 && r.granted == r.wishes);
        CU_ASSERT_EQUAL(r.first_different, 0);
        if (r.first_different)
            printf("scenario %u: %s\n", i, r.why);
        CU_ASSERT_TRUE(count(k.text, "\nwish.offer ") > 20);
        CU_ASSERT_TRUE(count(k.text, "\nwish.memo ") > 20);
        CU_ASSERT_TRUE(count(k.text, " gone=1 ") > 0);
        CU_ASSERT_TRUE(count(k.text, "\nreport ") > 100);
        CU_ASSERT_TRUE(count(k.text, "\nboard ") > 100);
        CU_ASSERT_TRUE(count(k.text, "\nwoken ") > 20);
        decision_kept_end(&k);
    }
}

/* ---- A replay that can fail. */

/* Adds one to the number after the first `field` of the i-th line that begins with `line` and has
 * one; false: there is no such line. */
static bool alter(char *text, const char *line, const char *field, uint32_t i)
{
    for (; *text; text += strcspn(text, "\n") + 1) {
        size_t n = strcspn(text, "\n");
        char *at;

        if (strncmp(text, line, strlen(line)))
            continue;
        at = strstr(text, field);
        if (!at || at >= text + n || i-- > 0)
            continue;
        at += strlen(field);
        while (isdigit((unsigned char)at[1]))
            at++;
        *at = (char)(*at == '9' ? '8' : *at + 1);
        return true;
    }
    return false;
}

/* Alters `field` in every 20th such record, in one at a time: how many replays then differ. */
static uint32_t differing(const char *policy, const char *line, const char *field, uint32_t *tried)
{
    struct scenario *s = decision_scenario(&source, 0, policy, false);
    struct decision_log_kept k;
    struct replayed r;
    uint32_t i, n = 0;
    bool there = true;

    *tried = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL_FATAL(decision_keep(s, &s->policies[0], &k), 0);
    for (i = 10; there && i < 1000; i += 20) {
        char *text = strdup(k.text), *sealed;
        size_t length;

        there = alter(text, line, field, i);
        sealed = decision_sealed(text, &length);
        if (there) {
            ++*tried;
            CU_ASSERT_EQUAL(decision_play(&s->policies[0], sealed, length, &r), 0);
            n += r.first_different != 0;
            CU_ASSERT_EQUAL(r.first_different != 0, r.same < r.picks || r.granted < r.wishes);
            CU_ASSERT_EQUAL(r.first_different != 0, strstr(r.why, "record ") != NULL);
        }
        free(sealed);
        free(text);
    }
    decision_kept_end(&k);
    return n;
}

static void test_load_changed(void)
{
    static const char *const lookers[] = { "\"p2c\"", "\"least_conn\"", "\"jsq\"", "\"sed\"" };
    uint32_t i, n, tried;

    for (i = 0; i < sizeof lookers / sizeof lookers[0]; i++) {
        n = differing(lookers[i], "view ", "inflight[3]=", &tried);
        if (n == 0 || tried < 5)
            printf("%s: %u of %u\n", lookers[i], n, tried);
        CU_ASSERT_TRUE(tried >= 5 && n > 0);
    }
    CU_ASSERT_EQUAL(differing("\"random\"", "view ", "inflight[3]=", &tried), 0);
    CU_ASSERT_TRUE(tried >= 5);
}

static void test_key_changed(void)
{
    uint32_t n, tried;

    n = differing("\"rendezvous\"", "pick ", " key=", &tried);
    CU_ASSERT_TRUE(tried >= 30 && n > tried / 2);
    CU_ASSERT_EQUAL(differing("\"rendezvous\"", "pick ", " random=", &tried), 0);
    CU_ASSERT_TRUE(tried >= 30);
}

static void test_random_changed(void)
{
    uint32_t n, tried;

    n = differing("\"random\"", "pick ", " random=", &tried);
    CU_ASSERT_TRUE(tried >= 30 && n > tried / 2);
    n = differing("\"p2c\"", "pick ", " random=", &tried);
    CU_ASSERT_TRUE(tried >= 30 && n > tried / 2);
    CU_ASSERT_EQUAL(differing("\"round_robin\"", "pick ", " random=", &tried), 0);
}

/* What it was asked and answered. */
static void test_answers_changed(void)
{
    uint32_t n, tried;

    n = differing("\"round_robin\"", "answer ", "server=", &tried);
    CU_ASSERT_TRUE(tried >= 30 && n == tried);
    n = differing("\"p2c\"", "answer ", "draws=", &tried);
    CU_ASSERT_TRUE(tried >= 30 && n == tried);
    n = differing("\"redundancy_d\"", "wish.copy ", "seat=", &tried);
    CU_ASSERT_TRUE(tried >= 30 && n == tried);
}

static void test_words(void)
{
    struct scenario *s = decision_scenario(&source, 0, "\"round_robin\"", false);
    struct decision_log_kept k;
    struct replayed r;
    char *text;
    size_t length;

    CU_ASSERT_EQUAL_FATAL(decision_keep(s, &s->policies[0], &k), 0);
    CU_ASSERT_TRUE(alter(k.text, "answer 0 server=", "server=", 7));
    text = decision_sealed(k.text, &length);
    CU_ASSERT_EQUAL(decision_play(&s->policies[0], text, length, &r), 0);
    CU_ASSERT_EQUAL(r.same, r.picks - 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.why, "request 7 at "));
    CU_ASSERT_PTR_NOT_NULL(strstr(r.why, "the log picks 8 after 0 draws, the policy 7 after 0"));
    free(text);
    decision_kept_end(&k);
}

/* ---- Damage. */

/* A short log. */
static void keep_short(struct decision_log_kept *k)
{
    struct scenario *s = decision_scenario(&source, 0, "\"p2c\"", false);

    s->run.requests = 60;
    s->run.warmup_count = 1;
    CU_ASSERT_EQUAL_FATAL(decision_keep(s, &s->policies[0], k), 0);
}

static void test_cut_off(void)
{
    struct decision_log_kept k;
    struct replayed r;
    size_t n;

    keep_short(&k);
    CU_ASSERT_EQUAL(decision_play(k.scenario->policies, k.text, k.length, &r), 0);
    for (n = 1; n < k.length; n++) {
        CU_ASSERT_EQUAL(decision_play(k.scenario->policies, k.text, n, &r), -1);
        CU_ASSERT_TRUE(strstr(r.why, "record ") || strstr(r.why, "no log of decisions"));
    }
    decision_kept_end(&k);
}

static void test_bits(void)
{
    struct decision_log_kept k;
    struct replayed r;
    char expected[32];
    size_t i, line = 1;

    keep_short(&k);
    for (i = 0; i < k.length; i++) {
        const char was = k.text[i];

        k.text[i] = (char)(was ^ 1 << i % 8);
        CU_ASSERT_EQUAL(decision_play(k.scenario->policies, k.text, k.length, &r), -1);
        snprintf(expected, sizeof expected, "record %zu: ", line);
        CU_ASSERT_TRUE(strstr(r.why, line == 1 ? "no log of decisions" : expected) != NULL);
        k.text[i] = was;
        line += was == '\n';
    }
    decision_kept_end(&k);
}

/* A line is lost, doubled, or changes places with the next. */
static void test_lines(void)
{
    struct decision_log_kept k;
    struct replayed r;
    char *line, *next, *text;
    size_t length, n, m;

    keep_short(&k);
    text = malloc(k.length * 2);
    for (line = k.text; *line; line += n) {
        FILE *out = fmemopen(text, k.length * 2, "w");

        n = strcspn(line, "\n") + 1;
        fprintf(out, "%.*s%s", (int)(line - k.text), k.text, line + n);
        length = (size_t)ftell(out);
        fclose(out);
        CU_ASSERT_EQUAL(decision_play(k.scenario->policies, text, length, &r), -1);
        out = fmemopen(text, k.length * 2, "w");
        fprintf(out, "%.*s%s", (int)(line + n - k.text), k.text, line);
        length = (size_t)ftell(out);
        fclose(out);
        /* what follows the end is not its own any more */
        CU_ASSERT_EQUAL(decision_play(k.scenario->policies, text, length, &r), line[n] ? -1 : 0);
        next = line + n;
        m = strcspn(next, "\n") + 1;
        if (!*next)
            break;
        out = fmemopen(text, k.length * 2, "w");
        fprintf(out, "%.*s%.*s%.*s%s", (int)(line - k.text), k.text, (int)m, next, (int)n, line,
                next + m);
        length = (size_t)ftell(out);
        fclose(out);
        CU_ASSERT_EQUAL(decision_play(k.scenario->policies, text, length, &r), -1);
    }
    free(text);
    decision_kept_end(&k);
}

/* Lines whose checksums fit, and which no host has written. */
static void test_nonsense(void)
{
    static const char *const lines[] = {
        "pick 0",
        "pick 1 id=0",
        "balancer 1 capacity=3",
        "balancer 0 capacity=99999999999",
        "balancer 0 capacity=3\nopen 0",
        "balancer 0 capacity=3\nview 0 n=4\nopen 0 random=1",
        "balancer 0 capacity=3\nview 0 n=3 usable=given usable[0..3]=0..3",
        "balancer 0 capacity=3\nview 0 n=3 usable[0]=0",
        "balancer 0 capacity=3\nview 0 n=3 usable=given usable[2..0]=0",
        "balancer 0 capacity=3\nview 0 n=3 usable=given usable[0..1]=0..2",
        "balancer 0 capacity=3\nview 0 n=3 load=own\nopen 0 random=1",
        "balancer 0 capacity=3\nview 0 n=x",
        "balancer 0 capacity=3\nview 0 m=3",
        "balancer 0 capacity=3\nview 0 n",
        "balancer 0 capacity=3\nlabel 0 seat=3 text=a",
        "balancer 0 capacity=3\nboard 0 seat=3 server=1",
        "balancer 0 capacity=3\nfrown 0",
        "answer 0 server=1",
        "back 0",
        "policy 0 name=p2c",
    };
    struct decision_log_kept k;
    struct replayed r;
    char text[512];
    size_t i, length, head;

    keep_short(&k);
    head = (size_t)(strstr(strchr(k.text, '\n') + 1, "\n") + 1 - k.text);
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char *sealed;

        snprintf(text, sizeof text, "%.*s%s\nend 0\n", (int)head, k.text, lines[i]);
        sealed = decision_sealed(text, &length);
        CU_ASSERT_EQUAL(decision_play(k.scenario->policies, sealed, length, &r), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(r.why, "record "));
        if (r.why[0] == '\0')
            printf("%s\n", lines[i]);
        free(sealed);
    }
    decision_kept_end(&k);
}

/* ---- Whose log it is. */

static void test_whose(void)
{
    struct scenario *others = decision_scenario(
        &source, 0, "\"random\", { \"policy\": \"p2c\", \"d\": 3 }, \"p2c\"", false);
    struct decision_log_kept k;
    struct replayed r;
    FILE *file;

    keep_short(&k);
    CU_ASSERT_EQUAL(decision_play(&others->policies[0], k.text, k.length, &r), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.why, "the log is of p2c(d=2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(r.why, "not of random("));
    CU_ASSERT_EQUAL(decision_play(&others->policies[1], k.text, k.length, &r), -1);
    CU_ASSERT_PTR_NULL(r.policy);
    file = fmemopen(k.text, k.length, "r");
    CU_ASSERT_EQUAL(decision_replay_any(others->policies, others->policies_n, file, &r), 0);
    CU_ASSERT_PTR_EQUAL(r.policy, &others->policies[2]);
    CU_ASSERT_TRUE(r.picks == 60 && r.same == 60);
    fclose(file);
    scenario_close(others);
    decision_kept_end(&k);
}

/* Two logs in one file are read one after the other. */
static void test_two_logs(void)
{
    struct decision_log_kept k;
    struct replayed r;
    char *text;
    FILE *file;
    int i;

    keep_short(&k);
    text = malloc(k.length * 2);
    memcpy(text, k.text, k.length);
    memcpy(text + k.length, k.text, k.length);
    file = fmemopen(text, k.length * 2, "r");
    for (i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(decision_replay(k.scenario->policies, file, &r), 0);
        CU_ASSERT_TRUE(r.picks == 60 && r.same == 60);
    }
    CU_ASSERT_EQUAL(getc(file), EOF);
    fclose(file);
    free(text);
    decision_kept_end(&k);
}

/* The process that opens a log, and reads it in the end, need not be the one with the balancer. */
static void test_fork(void)
{
    struct scenario *s = decision_scenario(&source, 0, "\"p2c\"", false);
    FILE *file = tmpfile();
    struct decision_log *log = decision_log_open(&s->policies[0], file);
    struct outcome out;
    struct replayed r;
    int status = -1, failed;
    pid_t child = fork();

    CU_ASSERT_TRUE_FATAL(child >= 0);
    if (child == 0) {
        failed = decision_trial(s, decision_log_policy(log), &out) ||
                 decision_log_finish(decision_log_policy(log));
        _exit(failed != 0);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_EQUAL(decision_log_close(log), 0);
    rewind(file);
    CU_ASSERT_EQUAL(decision_replay(&s->policies[0], file, &r), 0);
    CU_ASSERT_TRUE(r.picks == 1000 && r.same == 1000);
    CU_ASSERT_EQUAL(getc(file), EOF);
    CU_ASSERT_EQUAL(decision_log_finish(NULL), 0);
    fclose(file);
    scenario_close(s);
}

static void test_full_disk(void)
{
    struct scenario *s = decision_scenario(&source, 0, "\"p2c\"", false);
    FILE *full = fopen("/dev/full", "w");
    struct decision_log *log = decision_log_open(&s->policies[0], full);
    struct outcome out;

    CU_ASSERT_EQUAL(decision_trial(s, decision_log_policy(log), &out), 0);
    CU_ASSERT_EQUAL(decision_log_close(log), -1);
    fclose(full);
    outcome_close(&out);
    scenario_close(s);
}

int suite_decisions(void);
int suite_decisions(void)
{
    CU_pSuite suite = CU_add_suite("decisions", begin, end);

    return !suite || !CU_add_test(suite, "every policy", test_every_policy) ||
           !CU_add_test(suite, "every choice", test_every_choice) ||
           !CU_add_test(suite, "all wishes", test_all_wishes) ||
           !CU_add_test(suite, "a load changed", test_load_changed) ||
           !CU_add_test(suite, "a key changed", test_key_changed) ||
           !CU_add_test(suite, "a random number changed", test_random_changed) ||
           !CU_add_test(suite, "an answer changed", test_answers_changed) ||
           !CU_add_test(suite, "the words of a difference", test_words) ||
           !CU_add_test(suite, "cut off", test_cut_off) || !CU_add_test(suite, "bits", test_bits) ||
           !CU_add_test(suite, "lines", test_lines) ||
           !CU_add_test(suite, "nonsense", test_nonsense) ||
           !CU_add_test(suite, "whose log", test_whose) ||
           !CU_add_test(suite, "two logs", test_two_logs) ||
           !CU_add_test(suite, "another process", test_fork) ||
           !CU_add_test(suite, "full disk", test_full_disk);
}
