/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Own arithmetic: as good as the library's, and the same bits for ever. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stddef.h>

#include "models/arithmetic.h"
#include "models/policy.h"

int suite_arithmetic(void);

enum { POINTS = 2000000 };

/* Distance in units of the last place of what is right. */
static double error_ulp(double got, long double right)
{
    const double near = fabs((double)right);
    const double ulp = nextafter(near, INFINITY) - near;

    return (double)fabsl(((long double)got - right) / (long double)ulp);
}

static void check_log(double x, double *worst)
{
    *worst = fmax(*worst, error_ulp(exact_log(x), logl((long double)x)));
}

static void test_log(void)
{
    struct lb_random random = { 1 };
    double worst = 0.0;
    int i;

    for (i = 0; i < POINTS; i++) {
        const double u = exact_uniform(lb_bits(&random));

        check_log(u, &worst);
        check_log(1.0 - u * u * u, &worst);
        check_log(1.0 + u, &worst);
        check_log(ldexp(1.0 + u, (int)lb_below(&random, 2046) - 1022), &worst);
    }
    CU_ASSERT(worst < 1.0);
    CU_ASSERT_EQUAL(exact_log(1.0), 0.0);
}

static void test_exp(void)
{
    struct lb_random random = { 2 };
    double worst = 0.0, x;
    int i;

    for (i = 0; i < POINTS; i++) {
        x = -708.0 + 1417.0 * exact_uniform(lb_bits(&random));
        worst = fmax(worst, error_ulp(exact_exp(x), expl((long double)x)));
        x = -1.0 + 2.0 * exact_uniform(lb_bits(&random));
        worst = fmax(worst, error_ulp(exact_exp(x), expl((long double)x)));
    }
    CU_ASSERT(worst < 1.0);
    CU_ASSERT_EQUAL(exact_exp(0.0), 1.0);
}

/* Below the normal numbers the last place is 2^-1074. */
static void test_exp_at_the_ends(void)
{
    double x, worst = 0.0;

    for (x = -746.0; x < -708.0; x += 0.001)
        worst = fmax(worst, fabs(exact_exp(x) - exp(x)));
    CU_ASSERT(worst <= 0x1p-1074);
    CU_ASSERT_EQUAL(exact_exp(-1399.0), 0.0);
    CU_ASSERT(isinf(exact_exp(1399.0)));
    CU_ASSERT(isinf(exact_exp(709.79)));
    CU_ASSERT(isfinite(exact_exp(709.78)));
}

static void test_uniform(void)
{
    const double least = exact_uniform(0), most = exact_uniform(UINT64_MAX);

    CU_ASSERT_EQUAL(least, 0x1p-53);
    CU_ASSERT_EQUAL(1.0 - most, least);
    CU_ASSERT(most < 1.0);
    CU_ASSERT_EQUAL(exact_uniform(UINT64_C(1) << 63), 0.5 + least);
    CU_ASSERT_EQUAL(exact_uniform(UINT64_C(4096)) - least, 0x1p-52);
}

/* Against the distribution function from the C library: P(Z <= x) = erfc(-x / sqrt 2) / 2. */
static void test_normal_quantile(void)
{
    struct lb_random random = { 3 };
    double worst = 0.0, odd = 0.0;
    int i;

    for (i = 0; i < POINTS / 4; i++) {
        const double tail = exp(-36.0 * exact_uniform(lb_bits(&random))) / 2.0;
        const double x = exact_normal_quantile(tail);
        const double density = exp(-x * x / 2.0) / sqrt(2.0 * 3.14159265358979323846);

        worst = fmax(worst, fabs(erfc(-x / sqrt(2.0)) / 2.0 - tail) / density / (1.0 + fabs(x)));
        odd = fmax(odd, fabs(x + exact_normal_quantile(1.0 - tail)) * density);
    }
    CU_ASSERT(worst < 1e-14);
    CU_ASSERT(odd < 1e-15);
    CU_ASSERT_EQUAL(exact_normal_quantile(0.5), 0.0);
}

/* A loop that the compiler turns into vector code gives what a single call gives. */
static void test_vector_code(void)
{
    static double in[1000], logs[1000], exps[1000];
    struct lb_random random = { 4 };
    size_t i;

    for (i = 0; i < 1000; i++)
        in[i] = exact_uniform(lb_bits(&random));
    for (i = 0; i < 1000; i++)
        logs[i] = exact_log(in[i]);
    for (i = 0; i < 1000; i++)
        exps[i] = exact_exp(logs[i]);
    for (i = 0; i < 1000; i++) {
        volatile double one = in[i];
        volatile double log_one = exact_log(one);

        if (exact_bits(logs[i]) != exact_bits(log_one) ||
            exact_bits(exps[i]) != exact_bits(exact_exp(log_one)))
            break;
    }
    CU_ASSERT_EQUAL(i, 1000);
}

struct recorded {
    double x;
    uint64_t bits;
};

/* The bits as first recorded. A difference here is a difference in every trajectory. */
static void test_recorded_bits(void)
{
    static const struct recorded logs[] = {
        { 0x1p-53, UINT64_C(0xc0425e4f7b2737fa) },
        { 0x1.56e1fc2f8f359p-997, UINT64_C(0xc085963447f87fb5) },
        { 0x1.999999999999ap-4, UINT64_C(0xc0026bb1bbb55515) },
        { 0x1p-1, UINT64_C(0xbfe62e42fefa39ef) },
        { 0x1.6a09e667f3bccp-1, UINT64_C(0xbfd62e42fefa39f1) },
        { 0x1.6a09e667f3bcdp-1, UINT64_C(0xbfd62e42fefa39ee) },
        { 0x1.ccccccccccccdp-1, UINT64_C(0xbfbaf8e8210a415c) },
        { 0x1.fffffffffffffp-1, UINT64_C(0xbca0000000000000) },
        { 0x1.8p+0, UINT64_C(0x3fd9f323ecbf984c) },
        { 0x1p+1, UINT64_C(0x3fe62e42fefa39ef) },
        { 0x1.4p+3, UINT64_C(0x40026bb1bbb55516) },
        { 0x1.7e43c8800759cp+996, UINT64_C(0x4085963447f87fb5) },
    };
    static const struct recorded exps[] = {
        { -0x1.748p+9, UINT64_C(0x0000000000000001) },
        { -0x1.628p+9, UINT64_C(0x0008bfe55de02338) },
        { -0x1.9p+6, UINT64_C(0x36ea8c1f14e2af5d) },
        { -0x1p+0, UINT64_C(0x3fd78b56362cef38) },
        { -0x1p-1, UINT64_C(0x3fe368b2fc6f960a) },
        { -0x1.12e0be826d695p-30, UINT64_C(0x3fefffffff768fa1) },
        { 0x1.999999999999ap-4, UINT64_C(0x3ff1aec7b35a00d4) },
        { 0x1.62e42fefa39efp-2, UINT64_C(0x3ff6a09e667f3bcc) },
        { 0x1.6666666666666p-2, UINT64_C(0x3ff6b4802c805dec) },
        { 0x1p+0, UINT64_C(0x4005bf0a8b14576a) },
        { 0x1.9p+6, UINT64_C(0x48f3494a9b171bf5) },
        { 0x1.628p+9, UINT64_C(0x7fdd422d2be5dc9b) },
    };
    static const struct recorded normals[] = {
        { 0x1p-53, UINT64_C(0xc0206b48528cea51) },
        { 0x1.19799812dea11p-40, UINT64_C(0xc01c234fba57a32a) },
        { 0x1.47ae147ae147bp-7, UINT64_C(0xc0029c5c4630ff0e) },
        { 0x1.1eb851eb851ecp-4, UINT64_C(0xbff79cd70d9c27f0) },
        { 0x1.3333333333333p-4, UINT64_C(0xbff7085226d3e523) },
        { 0x1.3333333333333p-2, UINT64_C(0xbfe0c7e39582c5fa) },
        { 0x1.0000035afe535p-1, UINT64_C(0x3e90d25ac5f0e9c9) },
        { 0x1.3333333333333p-1, UINT64_C(0x3fd036d6c4a04b5a) },
        { 0x1.d70a3d70a3d71p-1, UINT64_C(0x3ff67b2c51011cef) },
        { 0x1.fae147ae147aep-1, UINT64_C(0x40029c5c4630ff0c) },
        { 0x1.fffffca501acbp-1, UINT64_C(0x4014cc1f26b3355a) },
        { 0x1.fffffffffffffp-1, UINT64_C(0x40206b48528cea51) },
    };
    size_t i;

    for (i = 0; i < sizeof logs / sizeof *logs; i++)
        CU_ASSERT_EQUAL(exact_bits(exact_log(logs[i].x)), logs[i].bits);
    for (i = 0; i < sizeof exps / sizeof *exps; i++)
        CU_ASSERT_EQUAL(exact_bits(exact_exp(exps[i].x)), exps[i].bits);
    for (i = 0; i < sizeof normals / sizeof *normals; i++)
        CU_ASSERT_EQUAL(exact_bits(exact_normal_quantile(normals[i].x)), normals[i].bits);
}

/* All of many results in one number: a checksum over points across the range. */
static void test_recorded_sums(void)
{
    struct lb_random random = { 5 };
    uint64_t logs = 0, exps = 0, normals = 0;
    int i;

    for (i = 0; i < 100000; i++) {
        const double u = exact_uniform(lb_bits(&random));

        logs = lb_mix(logs ^ exact_bits(exact_log(u)));
        exps = lb_mix(exps ^ exact_bits(exact_exp(1400.0 * u - 700.0)));
        normals = lb_mix(normals ^ exact_bits(exact_normal_quantile(u)));
    }
    CU_ASSERT_EQUAL(logs, UINT64_C(0x9c6bb7deec31716c));
    CU_ASSERT_EQUAL(exps, UINT64_C(0xeead5a90dd6e340a));
    CU_ASSERT_EQUAL(normals, UINT64_C(0x2486ee4ed2e26a0c));
}

static void test_sine(void)
{
    const long double pi = 3.14159265358979323846264338327950288L;
    struct lb_random random = { 3 };
    double worst = 0.0;
    int i;

    for (i = 0; i < POINTS / 10; i++) {
        const double x = exact_uniform(lb_bits(&random)) * (i % 2 ? 0.5 : 1e-9);

        worst = fmax(worst, error_ulp(exact_sinpi(x), sinl(pi * (long double)x)));
    }
    CU_ASSERT(worst < 2.0);
    for (i = -1000; i <= 1000; i++) { /* a whole turn away it is the same, to the bit */
        CU_ASSERT_EQUAL(exact_sinpi(i), 0.0);
        CU_ASSERT_EQUAL(exact_sinpi(2.0 * i + 0.5), 1.0);
        CU_ASSERT_EQUAL(exact_sinpi(2.0 * i + 0.3125), exact_sinpi(0.3125));
        CU_ASSERT_EQUAL(exact_sinpi(2.0 * i + 1.3125), -exact_sinpi(0.3125));
    }
}

static double cube(const void *context, double x)
{
    (void)context;
    return x * x * x;
}

static void test_invert(void)
{
    CU_ASSERT_DOUBLE_EQUAL(invert_increasing(cube, NULL, 8.0, 0.0, 100.0), 2.0, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(invert_increasing(cube, NULL, 0.001, 0.0, 1.0), 0.1, 1e-16);
}

static void test_near_zero(void)
{
    struct lb_random random = { 3 };
    double worst = 0.0;
    int i;

    for (i = 0; i < POINTS; i++) {
        const double u = exact_uniform(lb_bits(&random));
        const double small = ldexp(u, -(int)lb_below(&random, 80)), wide = 30.0 * small;

        worst = fmax(worst, error_ulp(exact_log1p(small), log1pl((long double)small)));
        worst = fmax(worst, error_ulp(exact_log1p(-small), log1pl(-(long double)small)));
        worst = fmax(worst, error_ulp(exact_expm1(wide), expm1l((long double)wide)));
        worst = fmax(worst, error_ulp(exact_expm1(-wide), expm1l(-(long double)wide)));
    }
    CU_ASSERT(worst < 4.0);
    CU_ASSERT_EQUAL(exact_expm1(-800.0), -1.0);
    CU_ASSERT_EQUAL(exact_log1p(1e-300), 1e-300);
}

static void test_pow(void)
{
    struct lb_random random = { 4 };
    double worst = 0.0;
    int i;

    for (i = 0; i < POINTS; i++) {
        const double x = ldexp(exact_uniform(lb_bits(&random)), (int)lb_below(&random, 60) - 30);
        const double y = 20.0 * exact_uniform(lb_bits(&random));
        const long double right = powl((long double)x, (long double)y);
        const double error = (double)fabsl(exact_pow(x, y) / right - 1.0L);

        worst = fmax(worst, error / (1.0 + fabs(y * log(x))));
    }
    CU_ASSERT(worst < 0x1p-51);
}

static void test_gamma_and_normal(void)
{
    double x, worst = 0.0;

    for (x = 1.0; x <= 100.0; x += 0.01)
        worst = fmax(worst, fabs((double)(exact_gamma(x) / tgammal((long double)x) - 1.0L)) /
                                (1.0 + x / 4.0));
    CU_ASSERT(worst < 1e-14);
    worst = 0.0;
    for (x = 0.0; x < 12.0; x += 0.001) {
        const long double right = 1.0L - erfcl((long double)x * sqrtl(0.5L)) / 2.0L;

        worst = fmax(worst, fabs((double)(exact_normal_below(x) - right)));
    }
    CU_ASSERT(worst < 4e-15);
    CU_ASSERT_EQUAL(exact_normal_below(0.0), 0.5);
}

int suite_arithmetic(void)
{
    CU_pSuite suite = CU_add_suite("arithmetic", NULL, NULL);

    if (!suite || !CU_add_test(suite, "log", test_log) || !CU_add_test(suite, "exp", test_exp) ||
        !CU_add_test(suite, "exp at the ends", test_exp_at_the_ends) ||
        !CU_add_test(suite, "uniform", test_uniform) ||
        !CU_add_test(suite, "normal quantile", test_normal_quantile) ||
        !CU_add_test(suite, "vector code", test_vector_code) ||
        !CU_add_test(suite, "recorded bits", test_recorded_bits) ||
        !CU_add_test(suite, "recorded sums", test_recorded_sums) ||
        !CU_add_test(suite, "near zero", test_near_zero) || !CU_add_test(suite, "pow", test_pow) ||
        !CU_add_test(suite, "gamma and normal", test_gamma_and_normal) ||
        !CU_add_test(suite, "sine", test_sine) || !CU_add_test(suite, "invert", test_invert))
        return -1;
    return 0;
}
