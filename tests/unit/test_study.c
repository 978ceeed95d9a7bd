/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <unistd.h>

#include "sim/run/identity.h"
#include "sim/scenario/claim.h"
#include "tests/unit/scenario_fixture.h"

int suite_study(void);

/* What came of reading a study. */
struct studied {
    struct study *study;
    struct diagnostics *said;
    char *shown;
};

static struct studied study_of(const char *text, const struct scenario_request *request)
{
    struct studied s = { .said = diagnostics_open() };
    size_t length;
    FILE *out;

    s.study = study_read("dir/t.json", text, strlen(text), request, s.said);
    out = open_memstream(&s.shown, &length);
    diagnostics_print(s.said, out, SHOW_NOTES);
    fclose(out);
    return s;
}

static void studied_end(struct studied *s)
{
    study_close(s->study);
    diagnostics_close(s->said);
    free(s->shown);
}

/* A scenario with this sweep. */
#define SWEPT(sweep)                                                                               \
    "{ \"load\": 0.5, \"clients\": { \"name\": \"web\", \"service\": \"10ms\" },\n"                \
    "  \"servers\": { \"name\": \"app\", \"count\": 2 },\n"                                        \
    "  \"policies\": [ \"plain\", { \"policy\": \"many\", \"label\": \"two\" }, \"jsq\" ],\n"      \
    "  \"run\": { \"requests\": 1000 },\n"                                                         \
    "  \"sweep\": " sweep " }"

static const struct scenario_request plain_request = { .policies = &fake_source };

/* The names of all points, each in brackets. */
static char *names_of(const struct study *study)
{
    char *names = calloc(1, 1 << 16), *at = names;
    uint32_t i;

    for (i = 0; study && i < study->cells_n; i++)
        at += sprintf(at, "[%s]", study->cells[i].name);
    return names;
}

static int named(const char *sweep_text, const char *names)
{
    struct studied s = study_of(sweep_text, &plain_request);
    char *found = names_of(s.study);
    const int good = s.study && !*s.shown && !strcmp(found, names);

    if (!good)
        fprintf(stderr, "expected: %s\nfound: %s\nsaid: %s\n", names, found, s.shown);
    free(found);
    studied_end(&s);
    return good;
}

static int unread(const char *text, const char *words)
{
    struct studied s = study_of(text, &plain_request);
    const int good = !s.study && strstr(s.shown, words);

    if (!good)
        fprintf(stderr, "expected: %s\nsaid: %s\n", words, s.shown);
    studied_end(&s);
    return good;
}

static void test_none(void)
{
    struct studied s = study_of("{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\" }, "
                                "\"servers\": {}, \"policies\": \"plain\" }",
                                &plain_request);

    CU_ASSERT_PTR_NOT_NULL_FATAL(s.study);
    CU_ASSERT(s.study->cells_n == 1 && s.study->axes_n == 0 && s.study->contenders_n == 1);
    CU_ASSERT_STRING_EQUAL(s.study->cells[0].name, "");
    CU_ASSERT_STRING_EQUAL(s.study->name, "t");
    CU_ASSERT_STRING_EQUAL(s.study->path, "dir/t.json");
    studied_end(&s);
}

static void test_product(void)
{
    struct studied s = study_of(SWEPT("{ \"load\": [0.50, 7e-1], \"servers[app].count\": [3, 4] }"),
                                &plain_request);
    const struct study *study = s.study;
    char *names = names_of(study);

    CU_ASSERT_PTR_NOT_NULL_FATAL(study);
    CU_ASSERT_STRING_EQUAL(names, "[load=0.5,servers[app].count=3][load=0.5,servers[app].count=4]"
                                  "[load=0.7,servers[app].count=3][load=0.7,servers[app].count=4]");
    CU_ASSERT(study->axes_n == 2 && study->axes[1].n == 2);
    CU_ASSERT_STRING_EQUAL(study->axes[0].path, "load");
    CU_ASSERT_EQUAL(study->axes[0].at[1].number, 0.7);
    CU_ASSERT_EQUAL(study->cells[2].scenario->load, 0.7);
    CU_ASSERT_EQUAL(study->cells[3].scenario->servers[0].count, 4);
    CU_ASSERT(study->cells[3].at_n == 2 && study->cells[3].at[1].number == 4);
    CU_ASSERT_EQUAL(study->contenders_n, 12);
    CU_ASSERT(study->contenders[5].cell == 1 && study->contenders[5].policy == 2);
    CU_ASSERT_PTR_EQUAL(study->contenders[5].scenario, study->cells[1].scenario);
    free(names);
    studied_end(&s);
}

static void test_ranges(void)
{
    CU_ASSERT(named(SWEPT("{ \"load\": \"0.5..0.65 step 0.05\" }"),
                    "[load=0.5][load=0.55][load=0.6][load=0.65]"));
    CU_ASSERT(
        named(SWEPT("{ \"load\": \"0.1..0.35 step 0.1\" }"), "[load=0.1][load=0.2][load=0.3]"));
    CU_ASSERT(named(SWEPT("{ \"clients.service\": \"1ms..2ms\" }"),
                    "[clients.service=1ms][clients.service=2ms]"));
    CU_ASSERT(named(SWEPT("{ \"run.seed\": \"8..11\" }"),
                    "[run.seed=8][run.seed=9][run.seed=10][run.seed=11]"));
    CU_ASSERT(named(SWEPT("{ \"clients.service\": \"1ms..2ms step 0.5ms\" }"),
                    "[clients.service=1ms][clients.service=1.5ms][clients.service=2ms]"));
    CU_ASSERT(named(SWEPT("{ \"run.requests\": \"10..100000 log 5\" }"),
                    "[run.requests=10][run.requests=100][run.requests=1000][run.requests=10000]"
                    "[run.requests=100000]"));
    CU_ASSERT(named(SWEPT("{ \"load\": \"0.1..0.9 log 3\" }"), "[load=0.1][load=0.3][load=0.9]"));
    CU_ASSERT(
        named(SWEPT("{ \"load\": \"0.1..0.8 log 3\" }"), "[load=0.1][load=0.282843][load=0.8]"));
    CU_ASSERT(named(SWEPT("{ \"servers.count\": \"1..4 log 6\" }"), /* rounded, each but once */
                    "[servers.count=1][servers.count=2][servers.count=3][servers.count=4]"));
    CU_ASSERT(named(SWEPT("{ \"policies[two].d\": \"2..5 log 3\" }"),
                    "[policies[two].d=2][policies[two].d=3][policies[two].d=5]"));
}

static void test_bad_ranges(void)
{
    static const char *const forms = "expected a range such as";

    CU_ASSERT(unread(SWEPT("{ \"load\": \"0.5\" }"), forms));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"0.5..\" }"), forms));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"0.5..0.9 steps 1\" }"), forms));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"0.5..0.9 step 0\" }"), "expected a step above 0"));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"0.5..0.9\" }"), "expected a step, as in"));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"0..0.9\" }"), "expected a step, as in"));
    CU_ASSERT(unread(SWEPT("{ \"clients.service\": \"1.5ms..5ms\" }"), "expected a step, as in"));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"0.9..0.5\" }"), "goes up"));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"0..0.5 log 3\" }"), "above 0 for log"));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"0.1..0.5 log 1\" }"), "at least 2"));
    CU_ASSERT(unread(SWEPT("{ \"clients.service\": \"1ms..2s step 1ms\" }"), "one unit"));
    CU_ASSERT(unread(SWEPT("{ \"run.seed\": \"1..100001\" }"), "more values than a sweep"));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"1e-17..1e17 step 1\" }"), "at most 18 digits"));
    CU_ASSERT(unread(SWEPT("{ \"run.seed\": \"1..1000\", \"load\": \"0.001..0.2 step 0.001\" }"),
                     "200000 points are too many: at most 100000"));
}

static void test_values(void)
{
    struct studied s =
        study_of(SWEPT("{ \"clients[web].service\": { \"exp\": { \"distribution\": "
                       "\"exponential\", \"mean\": \"20ms\" }, \"det\": \"30ms\" },\n"
                       "  \"clients[web].timeout\": [ null, \"100ms\" ] }"),
                 &plain_request);
    const struct study *study = s.study;
    char *names = names_of(study);

    CU_ASSERT_PTR_NOT_NULL_FATAL(study);
    CU_ASSERT_STRING_EQUAL(names, "[clients[web].service=exp,clients[web].timeout=null]"
                                  "[clients[web].service=exp,clients[web].timeout=100ms]"
                                  "[clients[web].service=det,clients[web].timeout=null]"
                                  "[clients[web].service=det,clients[web].timeout=100ms]");
    CU_ASSERT(isnan(study->axes[0].at[0].number) && isnan(study->axes[1].at[0].number));
    CU_ASSERT_DOUBLE_EQUAL(study->axes[1].at[1].number, 0.1, 1e-15);
    CU_ASSERT_EQUAL(study->cells[0].scenario->clients[0].timeout, LB_NEVER);
    CU_ASSERT_EQUAL(study->cells[1].scenario->clients[0].timeout, 100000000);
    CU_ASSERT_STRING_EQUAL(study->cells[0].scenario->clients[0].service.kind->name, "exponential");
    free(names);
    studied_end(&s);
}

/* How many points are left with --set variant=NAME; these words are somewhere. */
static uint32_t variants_with(const char *name, const char *words)
{
    const struct setting setting = { "variant", name, NULL };
    struct scenario_request request = plain_request;
    struct studied s;
    uint32_t n;

    request.settings = &setting;
    request.settings_n = 1;
    s = study_of(SWEPT("{ \"variants\": { \"plain\": {}, \"fast\": { \"load\": 0.8 } } }"),
                 &request);
    n = s.study ? s.study->cells_n : 0;
    CU_ASSERT_PTR_NOT_NULL(strstr(s.study ? s.study->cells[0].name : s.shown, words));
    studied_end(&s);
    return n;
}

static void test_variants(void)
{
    struct studied s = study_of(SWEPT("{ \"variants\": { \"plain\": {}, \"fast\": { "
                                      "\"servers[app].speed\": 2, \"load\": 0.8 } } }"),
                                &plain_request);
    const struct study *study = s.study;
    char *names = names_of(study);

    CU_ASSERT_PTR_NOT_NULL_FATAL(study);
    CU_ASSERT_STRING_EQUAL(names, "[variant=plain][variant=fast]");
    CU_ASSERT(study->cells[0].scenario->servers[0].speed == 1 &&
              study->cells[1].scenario->servers[0].speed == 2);
    CU_ASSERT(study->cells[0].scenario->load == 0.5 && study->cells[1].scenario->load == 0.8);
    free(names);
    studied_end(&s);
    CU_ASSERT(unread(SWEPT("{ \"variants\": {} }"), "sweep.variants: expected an object"));
    CU_ASSERT_EQUAL(variants_with("fast", "fast"), 1);
    CU_ASSERT_EQUAL(variants_with("slow", "no such variant"), 0);
    CU_ASSERT(unread(SWEPT("{ \"variants\": { \"a\": 1 } }"), "sweep.variants.a: expected"));
    CU_ASSERT(unread(SWEPT("{ \"load\": [0.5], \"variants\": { \"a\": { \"load\": 1 } } }"),
                     "load is swept twice"));
}

static void test_zip(void)
{
    struct studied s = study_of(SWEPT("{ \"zip\": [ { \"label\": [\"small\", \"big\"], "
                                      "\"servers.count\": \"2..3\", \"load\": [0.4, 0.4] } ], "
                                      "\"run.seed\": [5, 6] }"),
                                &plain_request);
    const struct study *study = s.study;
    char *names = names_of(study);

    CU_ASSERT_PTR_NOT_NULL_FATAL(study);
    CU_ASSERT_STRING_EQUAL(names, "[zip=small,servers.count=2,load=0.4,run.seed=5]"
                                  "[zip=small,servers.count=2,load=0.4,run.seed=6]"
                                  "[zip=big,servers.count=3,load=0.4,run.seed=5]"
                                  "[zip=big,servers.count=3,load=0.4,run.seed=6]");
    CU_ASSERT(study->axes_n == 4 && study->axes[0].n == 2 && study->axes[2].n == 1);
    CU_ASSERT_EQUAL(study->cells[3].scenario->servers[0].count, 3);
    free(names);
    studied_end(&s);
    CU_ASSERT(unread(SWEPT("{ \"zip\": { \"load\": [0.1, 0.2], \"run.seed\": [1] } }"),
                     "sweep.zip.run.seed: goes in step with 2 values, but has 1"));
    CU_ASSERT(unread(SWEPT("{ \"zip\": [ { \"label\": [\"a\"] } ] }"), "axes that go in step"));
    CU_ASSERT(unread(SWEPT("{ \"zip\": { \"load\": [0.1, 0.1], \"run.seed\": [1, 1] } }"),
                     "load=0.1,run.seed=1 is here twice"));
}

/* Who moves along an axis of a zip takes what goes in step along, and nothing else. */
static void test_zip_moves(void)
{
    struct studied s = study_of(SWEPT("{ \"zip\": { \"load\": [0.1, 0.2, 0.2], "
                                      "\"run.requests\": [1000, 2000, 3000] }, "
                                      "\"run.seed\": [5, 6] }"),
                                &plain_request);
    const struct study *study = s.study;
    const struct axis *load, *seed;

    CU_ASSERT_PTR_NOT_NULL_FATAL(study);
    load = study_axis(study, "load");
    seed = study_axis(study, "run.seed");
    CU_ASSERT_EQUAL(study_move(study, 1, &load->at[1], 1), 3); /* seed 6 still */
    CU_ASSERT_EQUAL(study_move(study, 5, &load->at[1], 1), 5); /* it is there */
    CU_ASSERT_EQUAL(study_move(study, 5, &load->at[0], 1), 1);
    CU_ASSERT_EQUAL(study_move(study, 5, &seed->at[0], 1), 4); /* requests 3000 still */
    studied_end(&s);
}

#define LOADS "\"load\": [0.1, 0.2, 0.3], \"servers[app].count\": [1, 2], \"where\": "

static void test_where(void)
{
    CU_ASSERT(named(SWEPT("{ " LOADS "\"load < 0.2 or servers[0].count == 2 and load > 0.2\" }"),
                    "[load=0.1,servers[app].count=1][load=0.1,servers[app].count=2]"
                    "[load=0.3,servers[app].count=2]"));
    CU_ASSERT(named(SWEPT("{ " LOADS "\"(load<=0.1 or load!=0.1)and servers[app].count>=2 and "
                          "run.requests == 1000\" }"),
                    "[load=0.1,servers[app].count=2][load=0.2,servers[app].count=2]"
                    "[load=0.3,servers[app].count=2]"));
    CU_ASSERT(named(SWEPT("{ \"clients.service\": [\"10ms\", \"1s\"], \"where\": "
                          "\"clients.service == 1000ms\" }"),
                    "[clients.service=1s]"));
    CU_ASSERT(named(SWEPT("{ \"variants\": { \"a\": {}, \"b\": { \"load\": 0.9 } }, \"where\": "
                          "\"variant != 'a' and load == 0.9\" }"),
                    "[variant=b]"));
    CU_ASSERT(unread(SWEPT("{ " LOADS "\"load < 0.1\" }"), "no point is left"));
    CU_ASSERT(unread(SWEPT("{ " LOADS "\"policy == nobody\" }"), "no policy is left"));
    CU_ASSERT(unread(SWEPT("{ " LOADS "\"lod < 0.1\" }"), "says what lod is"));
    CU_ASSERT(unread(SWEPT("{ " LOADS "\"load < 0.1 or\" }"), "expected a path"));
    CU_ASSERT(unread(SWEPT("{ " LOADS "\"(load < 0.1\" }"), "expected \")\""));
    CU_ASSERT(unread(SWEPT("{ " LOADS "\"load = 0.1\" }"), "expected =="));
    CU_ASSERT(unread(SWEPT("{ " LOADS "\"load < many\" }"), "expected a number after <"));
    CU_ASSERT(unread(SWEPT("{ " LOADS "5 }"), "expected a condition in double quotes, found 5"));
    CU_ASSERT(unread(SWEPT("{ \"clients.service\": { \"a\": \"10ms\" }, \"where\": "
                           "\"clients.service.mean == 1\" }"),
                     "stands within clients.service"));
}

/* `where` chooses policies as well. */
static void test_where_policy(void)
{
    struct studied s = study_of(SWEPT("{ \"load\": [0.1, 0.2], \"where\": \"load == 0.1 and policy "
                                      "!= two or policy == jsq\" }"),
                                &plain_request);
    const struct study *study = s.study;

    CU_ASSERT_PTR_NOT_NULL_FATAL(study);
    CU_ASSERT(study->cells_n == 2 && study->contenders_n == 3);
    CU_ASSERT(study->contenders[0].policy == 0 && study->contenders[1].policy == 2);
    CU_ASSERT(study->contenders[2].cell == 1 && study->contenders[2].policy == 2);
    studied_end(&s);
}

static const char three[] = SWEPT("{ \"load\": \"0.1..0.3 step 0.1\", \"servers[app].count\": [1, "
                                  "2], \"clients[web].service\": { \"a\": \"1ms\", \"b\": \"2ms\" "
                                  "}, \"policies[two].d\": [3, 4] }");

static int with_set(const char *path, const char *value, uint32_t cells, const char *first)
{
    const struct setting setting = { path, value, NULL };
    struct scenario_request request = plain_request;
    struct studied s, again;
    int good;

    request.settings = &setting;
    request.settings_n = 1;
    s = study_of(three, &request);
    good = s.study && s.study->cells_n == cells && !strcmp(s.study->cells[0].name, first);
    if (!good)
        fprintf(stderr, "%s: %s\n", s.study ? s.study->cells[0].name : "nothing", s.shown);
    again = study_of(s.study ? s.study->text : "", &plain_request);
    good &= again.study && again.study->cells_n == cells &&
            !strcmp(again.study->cells[cells - 1].name, s.study->cells[cells - 1].name);
    studied_end(&again);
    studied_end(&s);
    return good;
}

#define REST "clients[web].service=a,policies[two].d=3"

static void test_set_axis(void)
{
    CU_ASSERT(with_set("load", "0.25", 8, "load=0.25,servers[app].count=1," REST));
    CU_ASSERT(with_set("servers.count", "7", 12, "load=0.1,servers[app].count=7," REST));
    CU_ASSERT(with_set("clients.service", "b", 12,
                       "load=0.1,servers[app].count=1,clients[web].service=b,policies[two].d=3"));
    CU_ASSERT(with_set("clients.service", "9ms", 12,
                       "load=0.1,servers[app].count=1,clients[web].service=9ms,policies[two].d=3"));
    CU_ASSERT(with_set("run.seed", "9", 24, "load=0.1,servers[app].count=1," REST));
}

static uint32_t cells_with(struct scenario_request request, const char *words)
{
    struct studied s = study_of(three, &request);
    const uint32_t n = s.study && strstr(s.shown, words) ? s.study->cells_n : 0;

    if (!n)
        fprintf(stderr, "expected: %s\nsaid: %s\n", words, s.shown);
    studied_end(&s);
    return n;
}

static void test_options(void)
{
    const char *const plain = "plain", *const many = "many:d=9";
    struct setting sweep = { "load", "0.3,0.4", NULL },
                   covered = { "clients.service.mean", "1", NULL };
    struct scenario_request request = plain_request;
    struct studied s;

    request.sweeps = &sweep;
    request.sweeps_n = 1;
    CU_ASSERT_EQUAL(cells_with(request, ""), 16);
    sweep = (struct setting) { "run.seed", "1..5", NULL };
    CU_ASSERT_EQUAL(cells_with(request, ""), 120);
    sweep = (struct setting) { "run.seed", "[1, 2]", NULL };
    CU_ASSERT_EQUAL(cells_with(request, ""), 48);
    request = plain_request;
    request.only = &plain;
    request.only_n = 1;
    CU_ASSERT_EQUAL(cells_with(request, "nothing is swept of policies[two].d [unused_axis]"), 12);
    request.only = &many;
    CU_ASSERT_EQUAL(cells_with(request, "nothing is swept of policies[two].d [unused_axis]"), 12);
    request = plain_request;
    request.settings = &covered;
    request.settings_n = 1;
    s = study_of(three, &request);
    CU_ASSERT(!s.study && strstr(s.shown, "nothing would be left of this"));
    studied_end(&s);
}

static int hash_of(const struct identity *id, uint32_t policy, uint32_t replication,
                   uint8_t hash[IDENTITY_BYTES])
{
    const struct identity_of of = {
        .policy = policy, .replication = replication, .requests = 1000, .warmup = 10
    };

    return identity_hash(id, &of, hash);
}

/* One label at all points, and only the swept policy differs in content. */
static void test_identity(void)
{
    struct studied s = study_of(SWEPT("{ \"policies[1].d\": [2, 5] }"), &plain_request);
    uint8_t hash[2][3][IDENTITY_BYTES];
    uint32_t i, k;

    CU_ASSERT_PTR_NOT_NULL_FATAL(s.study);
    for (i = 0; i < 2; i++) {
        struct identity *id = identity_open(s.study->cells[i].scenario, "1");

        for (k = 0; k < 3; k++)
            CU_ASSERT_EQUAL(hash_of(id, k, 0, hash[i][k]), 0);
        identity_close(id);
    }
    CU_ASSERT_EQUAL(memcmp(hash[0][0], hash[1][0], IDENTITY_BYTES), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(hash[0][1], hash[1][1], IDENTITY_BYTES), 0);
    CU_ASSERT_EQUAL(memcmp(hash[0][2], hash[1][2], IDENTITY_BYTES), 0);
    studied_end(&s);
}

/* The hash of a policy whose inner policy's inner policy is a shared object with this content. */
static void hash_inner(const char *path, const char *content, uint8_t *hash)
{
    FILE *out = fopen(path, "w");
    char text[300], name[100], *plugins;
    struct identity *id;
    struct studied s;

    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    fputs(content, out);
    fclose(out);
    snprintf(
        text, sizeof text,
        "{ \"load\": 0.5, \"clients\": { \"service\": 1 }, \"servers\": {}, \"policies\": { "
        "\"policy\": \"./many.so\", \"inner\": { \"policy\": \"many\", \"inner\": \"%s#x\" } } }",
        path);
    s = study_of(text, &plain_request);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.study);
    id = identity_open(s.study->cells[0].scenario, "1");
    CU_ASSERT_EQUAL(hash_of(id, 0, 0, hash), 0);
    plugins = identity_plugins(id);
    snprintf(name, sizeof name, ", %s ", path);
    CU_ASSERT(strncmp(plugins, "./many.so ", 10) == 0 && strstr(plugins, name));
    free(plugins);
    identity_close(id);
    studied_end(&s);
}

/* What a plug-in within a policy does is told by its content: its name may stay the same. */
static void test_identity_inner(void)
{
    char directory[] = "/tmp/lbsim-unit.XXXXXX", path[sizeof directory + 10];
    uint8_t hash[3][IDENTITY_BYTES];

    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/good.so", directory);
    hash_inner(path, "one", hash[0]);
    hash_inner(path, "two", hash[1]);
    hash_inner(path, "one", hash[2]);
    CU_ASSERT_NOT_EQUAL(memcmp(hash[0], hash[1], IDENTITY_BYTES), 0);
    CU_ASSERT_EQUAL(memcmp(hash[0], hash[2], IDENTITY_BYTES), 0);
    unlink(path);
    rmdir(directory);
}

/* What is no part of the content: names, labels, the sweep, precision. */
static void test_identity_names(void)
{
    static const char *const texts[] = {
        SWEPT("{ \"load\": [0.4, 0.5] }"),
        "{ \"name\": \"other\", \"description\": \"d\", \"load\": 0.5, \"clients\": { \"name\": "
        "\"web\", \"service\": \"0.01s\" }, \"servers\": { \"name\": \"app\", \"count\": 2 }, "
        "\"policies\": { \"policy\": \"plain\", \"label\": \"l\" }, "
        "\"run\": { \"requests\": 1000, \"replications\": 5, \"precision\": 0.1 } }"
    };
    uint8_t hash[2][IDENTITY_BYTES];
    uint32_t i;

    for (i = 0; i < 2; i++) {
        struct studied s = study_of(texts[i], &plain_request);
        struct identity *id;

        CU_ASSERT_PTR_NOT_NULL_FATAL(s.study);
        id = identity_open(s.study->cells[s.study->cells_n - 1].scenario, "1");
        CU_ASSERT_EQUAL(hash_of(id, 0, 3, hash[i]), 0);
        identity_close(id);
        studied_end(&s);
    }
    CU_ASSERT_EQUAL(memcmp(hash[0], hash[1], IDENTITY_BYTES), 0);
}

static void test_label(void)
{
    struct studied s =
        study_of("{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\" }, "
                 "\"servers\": {}, \"policies\": [ \"plain\", { \"policy\": "
                 "\"many\", \"ratio\": 1 } ], \"sweep\": { \"policies[many].d\": [2, "
                 "3] } }",
                 &plain_request);

    CU_ASSERT_PTR_NOT_NULL_FATAL(s.study);
    CU_ASSERT_STRING_EQUAL(s.study->cells[1].scenario->policies[1].label, "many(ratio=1)");
    CU_ASSERT(strncmp(s.study->cells[1].scenario->policies[1].parameters, "d=3,", 4) == 0);
    studied_end(&s);
}

#define OVERRIDING(balancers, own)                                                                 \
    "{ \"load\": 0.5, \"clients\": { \"service\": \"10ms\" }, \"servers\": {}, " balancers         \
    "\"policies\": [ \"plain\", { \"policy\": \"plain\", \"label\": \"other\", \"balancer\": " own \
    " } ] }"

static void test_override(void)
{
    struct studied s = study_of(OVERRIDING("\"balancers\": { \"on_none\": \"queue\", "
                                           "\"information\": { \"kind\": \"own\" } }, ",
                                           "{ \"information\": { \"kind\": \"fresh\" }, "
                                           "\"on_none\": null }"),
                                &plain_request);
    const struct contender *other;

    CU_ASSERT_PTR_NOT_NULL_FATAL(s.study);
    CU_ASSERT_EQUAL_FATAL(s.study->contenders_n, 2);
    other = &s.study->contenders[1];
    CU_ASSERT(other->cell == 0 && other->policy == 0 && other->scenario->policies_n == 1);
    CU_ASSERT_STRING_EQUAL(other->scenario->policies[0].label, "other");
    CU_ASSERT_EQUAL(other->scenario->balancers[0].information, INFORMATION_FRESH);
    CU_ASSERT_EQUAL(other->scenario->balancers[0].on_none, ON_NONE_FAIL);
    CU_ASSERT_EQUAL(s.study->cells[0].scenario->balancers[0].information, INFORMATION_OWN);
    CU_ASSERT_EQUAL(s.study->cells[0].scenario->balancers[0].on_none, ON_NONE_QUEUE);
    CU_ASSERT_EQUAL(s.study->cells[0].scenario->policies_n, 2);
    studied_end(&s);
    s = study_of(OVERRIDING("", "{ \"count\": 3 }"), &plain_request);
    CU_ASSERT(s.study && s.study->contenders[1].scenario->balancers[0].count == 3);
    studied_end(&s);
    CU_ASSERT(unread(OVERRIDING("", "{ \"informatio\": 1 }"), "did you mean \"information\"?"));
    CU_ASSERT(unread(OVERRIDING("", "1"), "policies[1].balancer: expected an object"));
    CU_ASSERT(refused(OVERRIDING("", "{ \"count\": 3 }"), "only one balancer can be looked at"));
}

/* An error points at the value, names a point, and is said once. */
static void test_errors(void)
{
    CU_ASSERT(unread(SWEPT("{ \"load\": [0.5, -1], \"run.seed\": \"1..30\" }"),
                     "dir/t.json:5:28: error: load: expected a number from 1e-06 to 1000, found -1 "
                     "(at load=-1,run.seed=1 and others)\n"));
    CU_ASSERT(unread(SWEPT("{ \"load\": \"0..1\" }"),
                     "dir/t.json:5:22: error: load: expected a number from 1e-06 to 1000, found 0 "
                     "(at load=0)\n"));
    CU_ASSERT(unread(SWEPT("{ \"servers[ap].count\": [1, 2] }"),
                     "dir/t.json:5:14: error: sweep: there is no servers[ap]\n"));
    CU_ASSERT(unread(SWEPT("{ \"lod\": [1, 2] }"), "lod: unknown key; did you mean \"load\"?\n"));
    CU_ASSERT(unread(SWEPT("{ \"load\": [0.5, 0.50] }"), "load=0.5 is here twice"));
    CU_ASSERT(unread(SWEPT("{ \"load\": [] }"), "sweep.load: expected at least one value"));
    CU_ASSERT(unread(SWEPT("{ \"load\": 0.5 }"), "sweep.load: expected a list of values"));
    CU_ASSERT(unread(SWEPT("{}"), "sweep: expected an object of axes"));
    CU_ASSERT(unread(SWEPT("{ \"clients.service\": [\"1ms\"], \"clients[0].service\": [\"2ms\"] }"),
                     "clients[0].service is swept twice"));
    CU_ASSERT(unread(SWEPT("{ \"run.seed\": [1], \"run\": [ {} ] }"), "sweep it before that"));
}

static void test_warnings(void)
{
    struct studied s =
        study_of(SWEPT("{ \"load\": [0.9, 1.1, 1.2], \"run.seed\": [1, 2] }"), &plain_request);

    CU_ASSERT_PTR_NOT_NULL_FATAL(s.study);
    CU_ASSERT_EQUAL(diagnostics_warnings(s.said), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(s.shown, "(at load=1.1,run.seed=1 and 3 more) [unstable]"));
    studied_end(&s);
}

static void test_one(void)
{
    struct reading r =
        read_set(SWEPT("{ \"load\": [0.1, 0.2] }"), ((const char *const[]) { "load=0.4", NULL }));

    CU_ASSERT_PTR_NOT_NULL_FATAL(r.scenario);
    CU_ASSERT_EQUAL(r.scenario->load, 0.4);
    reading_end(&r);
    CU_ASSERT(refused(SWEPT("{ \"load\": [0.1, 0.2] }"), "only one point of the 2"));
}

static void test_precision(void)
{
    struct studied s = study_of(SWEPT("{ \"run.precision\": [ null, 0.02, { \"relative\": 0.1, "
                                      "\"metrics\": [\"latency.mean\"], \"most_requests\": 1e9 } "
                                      "] }"),
                                &plain_request);
    const struct cell *cells;

    CU_ASSERT_PTR_NOT_NULL_FATAL(s.study);
    cells = s.study->cells;
    CU_ASSERT(isnan(cells[0].scenario->run.precision.relative));
    CU_ASSERT(cells[1].scenario->run.precision.relative == 0.02 &&
              isnan(cells[1].scenario->run.precision.most_requests));
    CU_ASSERT(cells[2].scenario->run.precision.relative == 0.1 &&
              cells[2].scenario->run.precision.most_requests == 1e9);
    CU_ASSERT_EQUAL_FATAL(cells[2].scenario->run.precision.metrics_n, 1);
    CU_ASSERT_STRING_EQUAL(cells[2].scenario->run.precision.metrics[0], "latency.mean");
    studied_end(&s);
    CU_ASSERT(unread(SWEPT("{ \"run.precision\": [1] }"), "run.precision: expected a number"));
    CU_ASSERT(unread(SWEPT("{ \"run.precision\": [{}] }"), "relative is missing"));
}

int suite_study(void)
{
    CU_pSuite suite = CU_add_suite("study", NULL, NULL);

    return !suite || !CU_ADD_TEST(suite, test_none) || !CU_ADD_TEST(suite, test_product) ||
           !CU_ADD_TEST(suite, test_ranges) || !CU_ADD_TEST(suite, test_bad_ranges) ||
           !CU_ADD_TEST(suite, test_values) || !CU_ADD_TEST(suite, test_variants) ||
           !CU_ADD_TEST(suite, test_zip) || !CU_ADD_TEST(suite, test_zip_moves) ||
           !CU_ADD_TEST(suite, test_where) || !CU_ADD_TEST(suite, test_where_policy) ||
           !CU_ADD_TEST(suite, test_set_axis) || !CU_ADD_TEST(suite, test_options) ||
           !CU_ADD_TEST(suite, test_identity) || !CU_ADD_TEST(suite, test_identity_inner) ||
           !CU_ADD_TEST(suite, test_identity_names) || !CU_ADD_TEST(suite, test_label) ||
           !CU_ADD_TEST(suite, test_override) || !CU_ADD_TEST(suite, test_errors) ||
           !CU_ADD_TEST(suite, test_warnings) || !CU_ADD_TEST(suite, test_one) ||
           !CU_ADD_TEST(suite, test_precision);
}
