/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading traces, and what the source of requests makes of them and of everything else. */
#include <math.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "sim/run/plugin.h"
#include "sim/run/step.h"
#include "sim/scenario/trace_field.h"
#include "sim/scenario/trace_file.h"
#include "tests/unit/scenario_fixture.h"

int suite_trace(void);

/* ---- Cells. */

static void test_decimals(void)
{
    static const struct {
        const char *text;
        int shift;
        int64_t value;
    } good[] = { { "0", 9, 0 },
                 { "1.5", 9, 1500000000 },
                 { ".25", 0, 0 },
                 { "0.5", 0, 1 },
                 { "0.000000001", 9, 1 },
                 { "0.0000000005", 9, 1 },
                 { "0.00000000049", 9, 0 },
                 { "123456789.123456789", 9, 123456789123456789 },
                 { "1e-3", 9, 1000000 },
                 { "2.5E2", 0, 250 },
                 { "-3.7", 0, -4 },
                 { "9223372036854775", 3, INT64_C(9223372036854775000) },
                 { "0.99999999999999999999999999", 9, 1000000000 },
                 { "00012", 0, 12 },
                 { "1e-400", 9, 0 },
                 { "0e999999999999", 9, 0 } };
    static const char *const bad[] = {
        "",      ".",  "-",  "e5",  "1e400", "1x", "99999999999999999999",
        "1.2.3", "1e", " 1", "nan", "0x10"
    };
    int64_t value;
    size_t i;

    for (i = 0; i < sizeof good / sizeof *good; i++) {
        CU_ASSERT(decimal_read(good[i].text, good[i].shift, &value, NULL));
        CU_ASSERT_EQUAL(value, good[i].value);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_FALSE(decimal_read(bad[i], 0, &value, NULL));
    CU_ASSERT(cell_time("12.5 ms", &value) && value == 12500000);
    CU_ASSERT(cell_time("7ns", &value) && value == 7);
    CU_ASSERT(cell_time("2min", &value) && value == INT64_C(120000000000));
    CU_ASSERT_FALSE(cell_time("-1", &value) || cell_time("5e9", &value) || cell_time("x", &value));
    CU_ASSERT_EQUAL(cell_key("42"), 42);
    CU_ASSERT(cell_key("/a") != cell_key("/b") && cell_key("/a") >> 63 == 0);
    CU_ASSERT(cell_bytes("1KiB", &value) && value == 1024);
}

static void test_cells(void)
{
    char csv[] = "a, \"b, \"\"c\"\"\" ,,d", open[] = "a,\"b", *cells[CELLS_MOST];
    char json[] = " {\"a\": 1.5 , \"b\":\"x \\\" y\", \"c\":null}", flat[] = "{}";
    char nested[] = "{\"a\": {\"b\": 1}}", half[] = "{\"a\": 1", list[] = "[1]";

    CU_ASSERT_EQUAL(cells_of_csv(csv, cells), 4);
    CU_ASSERT_STRING_EQUAL(cells[0], "a");
    CU_ASSERT_STRING_EQUAL(cells[1], "b, \"c\"");
    CU_ASSERT_STRING_EQUAL(cells[2], "");
    CU_ASSERT_STRING_EQUAL(cells[3], "d");
    CU_ASSERT_EQUAL(cells_of_csv(open, cells), -1);
    CU_ASSERT_EQUAL(cells_of_json(json, cells), 6);
    CU_ASSERT_STRING_EQUAL(cells[1], "1.5");
    CU_ASSERT_STRING_EQUAL(cells[3], "x \\\" y");
    CU_ASSERT_STRING_EQUAL(cells[5], "null");
    CU_ASSERT_EQUAL(cells_of_json(flat, cells), 0);
    CU_ASSERT_EQUAL(cells_of_json(nested, cells), -1);
    CU_ASSERT_EQUAL(cells_of_json(half, cells), -1);
    CU_ASSERT_EQUAL(cells_of_json(list, cells), -1);
}

/* ---- Whole traces. */

static int scan(const char *bytes, size_t n, struct trace_info *info, char why[256])
{
    char copy[8192];
    FILE *in;

    memcpy(copy, bytes, n);
    in = fmemopen(copy, n, "rb");
    return trace_scan(in, "t", info, why, 256);
}

static const char plain[] = "time,service,key,bytes\n0.5,10ms,7,100\n0.75,0.02,/a,-\n2,0,7,1KiB\n";

static void holds(const char *bytes, size_t n)
{
    struct trace_info info = { 0 }, first = { 0 };
    char why[256] = "";

    CU_ASSERT_EQUAL(scan(bytes, n, &info, why), 0);
    CU_ASSERT_STRING_EQUAL(why, "");
    CU_ASSERT(info.count == 3 && info.has_service && info.has_key && info.has_bytes);
    CU_ASSERT(info.first == 500000000 && info.last == 2000000000);
    CU_ASSERT_DOUBLE_EQUAL(info.work, 0.01, 1e-15);
    CU_ASSERT_EQUAL(scan(plain, sizeof plain - 1, &first, why), 0);
    CU_ASSERT_EQUAL(info.hash, first.hash);
}

static size_t gzipped(const char *text, size_t n, unsigned char *out, size_t room)
{
    z_stream z = { .next_in = (unsigned char *)(uintptr_t)text,
                   .avail_in = (uInt)n,
                   .next_out = out,
                   .avail_out = (uInt)room };

    CU_ASSERT_EQUAL(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    CU_ASSERT_EQUAL(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static void test_written_in_every_way(void)
{
    static const char crlf[] = "\xef\xbb\xbftime, service ,key,bytes\r\n\r\n0.5,10ms,7,100\r\n"
                               "0.75,0.02,/a,-\r\n2,0,7,1KiB";
    static const char json[] =
        "{\"time\": 0.5, \"service\": \"10ms\", \"key\": 7, \"bytes\": 100}\n"
        "{\"key\":\"/a\",\"time\":75e-2,\"service\":0.02, \"more\": true}\n"
        "{\"time\":2,\"service\":0,\"key\":\"7\",\"bytes\":1024}";
    static const char other[] =
        "policy,issued_s,work_s,key,bytes\n\"p, q\",0.500000000,0.010,7,100\n"
        "p,0.750,0.02,/a,\np,2.000000000,0.0,7,1024\n";
    unsigned char packed[2048];
    size_t n, half = 30;

    holds(plain, sizeof plain - 1);
    holds(crlf, sizeof crlf - 1);
    holds(json, sizeof json - 1);
    holds(other, sizeof other - 1);
    n = gzipped(plain, sizeof plain - 1, packed, sizeof packed);
    holds((char *)packed, n);
    n = gzipped(plain, half, packed, sizeof packed); /* two members */
    n += gzipped(plain + half, sizeof plain - 1 - half, packed + n, sizeof packed - n);
    holds((char *)packed, n);
    n = ZSTD_compress(packed, sizeof packed, plain, sizeof plain - 1, 3);
    holds((char *)packed, n);
    n = ZSTD_compress(packed, sizeof packed, plain, half, 3); /* two frames */
    n += ZSTD_compress(packed + n, sizeof packed - n, plain + half, sizeof plain - 1 - half, 3);
    holds((char *)packed, n);
}

static void wrong(const char *bytes, size_t n, const char *words)
{
    struct trace_info info = { 0 };
    char why[256] = "";

    CU_ASSERT_EQUAL(scan(bytes, n, &info, why), -1);
    if (!strstr(why, words))
        fprintf(stderr, "expected: %s\nsaid: %s\n", words, why);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, words));
}

static void bad(const char *text, const char *words)
{
    wrong(text, strlen(text), words);
}

static void test_bad_traces(void)
{
    unsigned char packed[2048];
    size_t n;

    bad("\n", "it is empty");
    bad("time,service\n", "no line after the header");
    bad("when,service\n1,1\n", "names no column \"time\"");
    bad("time,time\n1,1\n", "line 1: a column is there twice");
    bad("time\n1\nx\n", "line 3: time: expected seconds from the start, 0 to 4e9, found \"x\"");
    bad("time\n1\n\n0.5\n", "line 4: time: it lies before the line above");
    bad("time\n1e300\n", "line 2: time");
    bad("time\n99999999999999999999999999999999\n", "line 2: time");
    bad("time,service\n1,2\n2,-1\n", "line 3: service: expected seconds");
    bad("time,service\n1,2e8\n", "line 2: service");
    bad("time,service\n1\n", "line 2: it has more or fewer cells");
    bad("time,bytes\n1,2.x\n", "line 2: bytes: expected a whole number");
    bad("time,key\n1,\"a\n", "line 2: no CSV: a quote stays open");
    bad("{\"time\": 1, \"service\": 1}\n{\"time\": 2}\n", "line 2: service is missing");
    bad("{\"time\": 1}\n{\"time\": 2, \"service\": 1}\n", "line 2: service is here, but not in");
    bad("{\"service\": 1}\n", "line 1: time is missing");
    bad("{\"time\": [1]}\n", "line 1: expected a flat JSON object");
    wrong("time\n1\n2\0003\n", 11, "line 3: a line holds a zero byte");
    n = gzipped(plain, sizeof plain - 1, packed, sizeof packed);
    wrong((char *)packed, n - 9, "ends in the middle");
    packed[n - 5] ^= 1;
    wrong((char *)packed, n, "damaged");
    n = ZSTD_compress(packed, sizeof packed, plain, sizeof plain - 1, 3);
    wrong((char *)packed, n - 3, "ends in the middle");
}

static void test_long_lines(void)
{
    const size_t n = INFLOW_LINE_MOST + 100;
    char *text = malloc(n), why[256] = "";
    struct trace_info info = { 0 };

    memset(text, ' ', n);
    memcpy(text, "time\n1", 6);
    CU_ASSERT_EQUAL(trace_scan(fmemopen(text, n, "rb"), "t", &info, why, sizeof why), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "line 2: a line is longer than 1 MiB"));
    CU_ASSERT_EQUAL(trace_scan(fmemopen(text, n - 500, "rb"), "t", &info, why, sizeof why), 0);
    free(text);
}

/* ---- The source. */

static struct scenario *scenario_of(const char *clients, const char *rest)
{
    struct diagnostics *said = diagnostics_open();
    struct plugins *plugins = plugins_open();
    struct policy_source source = plugins_source(plugins);
    const struct scenario_request request = { .policies = &source,
                                              .open_file = scenario_open_file };
    struct scenario *s;
    char text[4096];

    snprintf(text, sizeof text,
             "{ \"clients\": [%s], \"servers\": { \"cores\": 60000 }, \"policies\": \"random\"%s }",
             clients, rest);
    s = scenario_read("test", text, strlen(text), &request, said);
    if (!s)
        diagnostics_print(said, stdout, 0);
    diagnostics_close(said);
    plugins_close(plugins);
    return s;
}

enum { TAKEN = 2000 };
struct taken {
    lb_time time, work;
    struct arrival_more more;
};

/* The first requests of client 0, and whether all came in order. */
static uint32_t take(const char *clients, const char *rest, struct taken *taken)
{
    struct scenario *s = scenario_of(clients, rest);
    struct source *source = malloc(sizeof *source);
    lb_time before = 0;
    uint32_t n = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(source_open(source, s, 0), 0);
    while (n < TAKEN && source_next(source)->time != LB_NEVER) {
        const struct arrival *a = source_next(source);

        CU_ASSERT(a->time >= before);
        before = a->time;
        if (a->client == 0) {
            taken[n] = (struct taken) { a->time, a->work, { 0 } };
            if (source_more(source))
                taken[n].more = *source_more(source);
            n++;
        }
        source_take(source);
    }
    source_close(source);
    scenario_close(s);
    free(source);
    return n;
}

#define EXP "\"service\": { \"distribution\": \"exponential\", \"mean\": 1 }"

/* Whoever else asks, whatever else is drawn: a client's requests are the same. */
static void test_independence(void)
{
    static const char *const kinds[] = {
        "\"poisson\", \"rate\": 100",
        "\"deterministic\", \"rate\": 100",
        "\"batch\", \"rate\": 100, \"size\": { \"distribution\": \"uniform\", \"least\": 1, "
        "\"most\": 5 }",
        "\"mmpp\", \"rates\": [200, 50], \"switch\": [3, 1]",
        "\"on_off\", \"rate\": 100, \"on\": 1, \"off\": { \"distribution\": \"exponential\", "
        "\"mean\": 2 }",
        "\"nonhomogeneous\", \"rates\": { \"mean\": 100, \"amplitude\": 0.5, \"period\": 3 }",
        "\"renewal\", \"interarrival\": { \"distribution\": \"uniform\", \"least\": 0, \"most\": "
        "0.02 }",
    };
    static const char others[] =
        ", { \"arrivals\": { \"process\": \"poisson\", \"rate\": 300 }, " EXP
        " }, { \"arrivals\": { \"process\": \"batch\", \"rate\": 40, \"size\": 3 },"
        " \"key\": 5, " EXP " }, { \"arrivals\": { \"process\": \"deterministic\","
        " \"rate\": 100 }, " EXP " }";
    static struct taken alone[TAKEN], among[TAKEN];
    char client[512], clients[2048];
    size_t i;
    int k;

    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        snprintf(client, sizeof client, "{ \"arrivals\": { \"process\": %s }, " EXP " }", kinds[i]);
        snprintf(clients, sizeof clients, "%s%s", client, others);
        CU_ASSERT_EQUAL(take(client, "", alone), TAKEN);
        CU_ASSERT_EQUAL(take(clients, "", among), TAKEN);
        for (k = 0; k < TAKEN; k++)
            CU_ASSERT(alone[k].time == among[k].time && alone[k].work == among[k].work);
    }
}

static void test_more(void)
{
    static struct taken plainly[TAKEN], more[TAKEN];
    static const char base[] = "{ \"arrivals\": { \"process\": \"poisson\", \"rate\": 9 }, " EXP;
    char rich[1024];
    double sum = 0;
    int k;

    snprintf(
        rich, sizeof rich,
        "%s, \"key\": { \"distribution\": \"uniform\", \"least\": 0, \"most\": 4 }, "
        "\"size_estimate\": { \"distribution\": \"uniform\", \"least\": 0.5, \"most\": 1.5 } }",
        base);
    CU_ASSERT_EQUAL(take(rich, "", more), TAKEN);
    snprintf(rich, sizeof rich, "%s }", base);
    CU_ASSERT_EQUAL(take(rich, "", plainly), TAKEN);
    for (k = 0; k < TAKEN; k++) {
        CU_ASSERT(plainly[k].time == more[k].time && plainly[k].work == more[k].work);
        CU_ASSERT(more[k].more.key < 4 && more[k].more.response == -1);
        CU_ASSERT(2 * more[k].more.size >= more[k].work - 2 &&
                  2 * more[k].more.size <= 3 * more[k].work + 2);
        sum += (double)more[k].more.key;
    }
    CU_ASSERT(fabs(sum / TAKEN - 1.5) < 5 * sqrt(1.25 / TAKEN)); /* 5 standard errors */
}

static const char *write_trace(const char *text)
{
    static char path[] = "/tmp/lbsim-unit-trace-XXXXXX";
    FILE *out;

    strcpy(path + sizeof path - 7, "XXXXXX");
    out = fdopen(mkstemp(path), "w");
    fputs(text, out);
    fclose(out);
    return path;
}

static void test_replay(void)
{
    static const char text[] = "time,service,key,bytes\n0.5,1,7,10\n0.5,2,8,\n1.000000001,3,9,30\n";
    static const lb_time once[] = { 500000000, 500000000, 1000000001 };
    const char *path = write_trace(text);
    static struct taken taken[TAKEN];
    char client[512];
    int i;

    snprintf(client, sizeof client,
             "{ \"arrivals\": { \"process\": \"trace\", \"file\": \"%s\" } }", path);
    CU_ASSERT_EQUAL(take(client, "", taken), 3);
    for (i = 0; i < 3; i++) {
        CU_ASSERT(taken[i].time == once[i] && taken[i].work == (i + 1) * INT64_C(1000000000));
        CU_ASSERT(taken[i].more.key == (uint64_t)i + 7 && taken[i].more.size == taken[i].work);
        CU_ASSERT(taken[i].more.response == (i == 1 ? -1 : 10 * (i + 1)));
    }
    snprintf(
        client, sizeof client,
        "{ \"bytes\": { \"response\": 99 }, \"key\": 5, \"arrivals\": { \"process\": \"trace\", "
        "\"file\": \"%s\" } }",
        path);
    CU_ASSERT_EQUAL(take(client, "", taken), 3); /* what the client gives wins */
    for (i = 0; i < 3; i++)
        CU_ASSERT(taken[i].more.key == 5 && taken[i].more.response == -1);
    snprintf(
        client, sizeof client,
        "{ \"service\": 4, \"arrivals\": { \"process\": \"trace\", \"file\": \"%s\", \"scale\": 2, "
        "\"loop\": true } }",
        path);
    CU_ASSERT_EQUAL(take(client, "", taken), TAKEN);
    for (i = 0; i < TAKEN; i++) { /* a round lasts 0.500000001 s and the mean gap, 0.25 s */
        CU_ASSERT_EQUAL(taken[i].time, 2 * (once[i % 3] + i / 3 * INT64_C(750000001)));
        CU_ASSERT_EQUAL(taken[i].work, INT64_C(4000000000));
    }
    snprintf(client, sizeof client,
             "{ \"arrivals\": { \"process\": \"trace\", \"file\": \"%s\", \"loop\": true } }",
             path);
    CU_ASSERT_EQUAL(take(client, ", \"load\": 0.5", taken), TAKEN);
    CU_ASSERT(fabs((double)(taken[TAKEN - 1].time - taken[0].time) * 1e-9 / (TAKEN - 1) * 15000 -
                   1) < 1e-3);
    unlink(path);
}

static struct reading read_files(const char *text)
{
    return reading_of(text, &(struct scenario_request) { .policies = &fake_source,
                                                         .open_file = scenario_open_file });
}

static int refused_file(const char *text, const char *words)
{
    struct reading r = read_files(text);
    const int good = !r.scenario && has(&r, words);

    reading_end(&r);
    return good;
}

static void test_trace_scenarios(void)
{
    const char *path = write_trace("time\n0\n1\n");
    struct reading r;
    char text[512];

    snprintf(text, sizeof text,
             "{ \"clients\": { \"arrivals\": { \"process\": \"trace\", \"file\": \"%s\" } }, "
             "\"servers\": {}, \"policies\": \"plain\" }",
             path);
    CU_ASSERT(refused_file(text, "service is missing: the trace has no such column either"));
    r = read_text(text);
    CU_ASSERT(!r.scenario && has(&r, "arrivals.file: no file is read here"));
    reading_end(&r);
    snprintf(text, sizeof text,
             "{ \"clients\": { \"service\": 1, \"arrivals\": { \"process\": \"trace\", \"file\": "
             "\"%s\" } }, \"servers\": {}, \"policies\": \"plain\" }",
             path);
    r = read_files(text);
    CU_ASSERT(r.scenario && r.scenario->run.requests == 2 && r.scenario->clients[0].rate == 1);
    reading_end(&r);
    unlink(path);
    CU_ASSERT(refused_file(text, "cannot be read: No such file or directory"));
}

/* ---- Sessions. */

static int by_time(const void *a, const void *b)
{
    const lb_time *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Sessions of three requests, a second of work each and a second of thought: with servers enough,
 * two in three requests come two seconds after another one, to the nanosecond. */
static void test_sessions(void)
{
    struct scenario *s =
        scenario_of("{ \"service\": 1, \"arrivals\": { \"process\": \"poisson\", "
                    "\"rate\": 30 }, \"sessions\": { \"requests\": 3, \"think\": 1 } }",
                    "");
    enum { N = 6000 };
    static lb_time issued[N];
    struct world_order order = { .scenario = s,
                                 .policy = &s->policies[0],
                                 .requests = N,
                                 .ahead = UINT32_MAX,
                                 .label = "p",
                                 .point = "" };
    struct world *w = malloc(sizeof *w);
    char *text = NULL, *line;
    size_t length, n = 0, i, later = 0;

    order.log = open_memstream(&text, &length);
    CU_ASSERT(world_open(w, &order) == 0 && world_run(w) == 0);
    CU_ASSERT_EQUAL(w->tally.issued, N);
    CU_ASSERT_EQUAL(w->tally.ended[ENDED_COMPLETED], N);
    fclose(order.log);
    for (line = strtok(text, "\n"); line && n < N; line = strtok(NULL, "\n"), n++)
        CU_ASSERT(
            decimal_read(strstr(line, "\"client\"") + 11, 9, &issued[n], (const char *[1]) { 0 }));
    CU_ASSERT_EQUAL(n, N);
    qsort(issued, n, sizeof *issued, by_time);
    for (i = 0; i < n; i++) {
        const lb_time origin = issued[i] - INT64_C(2000000000);

        later += bsearch(&origin, issued, n, sizeof *issued, by_time) != NULL;
    }
    CU_ASSERT(fabs((double)later / N - 2 / 3.0) < 0.02); /* a few sessions are still under way */
    CU_ASSERT(fabs(N / ((double)w->tally.to * 1e-9) / 30 - 1) < 5 * sqrt(3.0 / N) + 0.02);
    CU_ASSERT(w->sessions < 200);
    world_close(w);
    scenario_close(s);
    free(w);
    free(text);
}

static void test_user_more(void)
{
    static const char wide[] =
        "\"key\": { \"distribution\": \"uniform\", \"least\": 0, \"most\": 1e9 }";
    struct world *w = malloc(sizeof *w);
    struct scenario *s;
    struct world_order order = { .requests = 10, .ahead = UINT32_MAX };
    char clients[512];
    uint64_t first;

    snprintf(
        clients, sizeof clients,
        "{ \"service\": 1, %s, \"arrivals\": { \"process\": \"closed\", \"population\": 2 } }, "
        "{ \"service\": 1, %s, \"sessions\": { \"requests\": 2 }, \"arrivals\": { \"process\": "
        "\"poisson\", \"rate\": 1 } }, { \"service\": 1, \"sessions\": { \"requests\": 2 }, "
        "\"arrivals\": { \"process\": \"poisson\", \"rate\": 1 } }",
        wide, wide);
    s = scenario_of(clients, "");
    order.scenario = s;
    order.policy = &s->policies[0];
    CU_ASSERT_EQUAL(world_open(w, &order), 0);
    first = user_more(w, 0, 5).key;
    CU_ASSERT(first == user_more(w, 0, 5).key && first != user_more(w, 1, 5).key);
    CU_ASSERT_EQUAL(user_more(w, 0, 5).size, 5);
    w->user_count[0]++; /* another request, another key */
    CU_ASSERT(first != user_more(w, 0, 5).key);
    session_begins(w, 1, 1000);
    session_begins(w, 2, 1000);
    session_begins(w, 2, 1000);
    first = user_more(w, 2, 5).key; /* a session keeps its own */
    w->session[0].count++;
    CU_ASSERT_EQUAL(first, user_more(w, 2, 5).key);
    CU_ASSERT_EQUAL(user_more(w, 3, 5).key, 0); /* or has its number */
    CU_ASSERT_EQUAL(user_more(w, 4, 5).key, 1);
    world_close(w);
    scenario_close(s);
    free(w);
}

/* Arrivals end before the requests that were ordered: so does measured time, with the last. */
static void test_dry(void)
{
    struct scenario *s = scenario_of("{ \"service\": 5, \"arrivals\": { \"process\": "
                                     "\"nonhomogeneous\", \"rates\": [{ \"from\": 1, \"rate\": "
                                     "20 }, { \"from\": 3, \"rate\": 0 }] } }",
                                     "");
    struct world_order order = {
        .scenario = s, .policy = &s->policies[0], .requests = 6000, .ahead = UINT32_MAX
    };
    struct world *w = malloc(sizeof *w);

    CU_ASSERT(world_open(w, &order) == 0 && world_run(w) == 0);
    CU_ASSERT(w->tally.issued > 10 && w->tally.issued < 80);
    CU_ASSERT_EQUAL(w->tally.ended[ENDED_COMPLETED], w->tally.issued);
    CU_ASSERT(w->tally.to > INT64_C(2000000000) && w->tally.to < INT64_C(3000000000));
    world_close(w);
    scenario_close(s);
    free(w);
}

int suite_trace(void)
{
    CU_pSuite suite = CU_add_suite("traces and the source", NULL, NULL);

    if (!suite || !CU_add_test(suite, "decimals", test_decimals) ||
        !CU_add_test(suite, "cells", test_cells) ||
        !CU_add_test(suite, "written in every way", test_written_in_every_way) ||
        !CU_add_test(suite, "bad traces", test_bad_traces) ||
        !CU_add_test(suite, "long lines", test_long_lines) ||
        !CU_add_test(suite, "independence", test_independence) ||
        !CU_add_test(suite, "keys and estimates", test_more) ||
        !CU_add_test(suite, "replay", test_replay) ||
        !CU_add_test(suite, "scenarios with traces", test_trace_scenarios) ||
        !CU_add_test(suite, "sessions", test_sessions) || !CU_add_test(suite, "dry", test_dry) ||
        !CU_add_test(suite, "what users ask for", test_user_more))
        return -1;
    return 0;
}
