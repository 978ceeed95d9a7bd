/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logarithm, exponential and normal quantile for everything that a draw goes through.
 *
 * A C library picks its log and exp by processor, and they differ in the last bit; one bit moves a
 * size by a nanosecond and the trajectory is another. What stands here is additions,
 * multiplications, divisions and square roots of IEEE 754 doubles in a fixed order, and integer
 * operations on their bits: the same result on every machine, as long as nothing contracts a*b+c.
 *
 * No branches and no tables in the logarithm and the exponential, and conversions between integer
 * and double by adding a power of two: a loop over an array becomes vector code even with SSE2
 * alone, which knows no 64-bit conversion. */
#ifndef MODELS_ARITHMETIC_H
#define MODELS_ARITHMETIC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t exact_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double exact_double(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A double in the open interval (0, 1) from 64 random bits: the middle of one of 2^52 equal cells.
 * Never 0 or 1, and 1 minus it is exact. */
static inline double exact_uniform(uint64_t bits)
{
    return exact_double(bits >> 12 | UINT64_C(0x3ff0000000000000)) - 0x1.fffffffffffffp-1;
}

/* Natural logarithm of a positive normal number (2.3e-308 .. 1.8e308; the caller sees to that),
 * within 1 unit in the last place. The argument is 2^k (1 + f) with 1 + f between sqrt(1/2) and
 * sqrt(2); log(1 + f) = 2 atanh(s), s = f / (2 + f), whose odd series is replaced by the
 * polynomial with the least greatest error (2^-58), found by Remez's algorithm. */
static inline double exact_log(double x)
{
    const uint64_t one = UINT64_C(0x3ff0000000000000);
    const uint64_t root = UINT64_C(0x3fe6a09e667f3bcd); /* sqrt(1/2) */
    const uint64_t shifted = exact_bits(x) + (one - root);
    const uint64_t fraction = (shifted & UINT64_C(0x000fffffffffffff)) + root;
    /* 2^52 + exponent, less 2^52 + bias */
    const double k =
        exact_double(shifted >> 52 | UINT64_C(0x4330000000000000)) - 0x1.00000000003ffp52;
    const double f = exact_double(fraction) - 1.0;
    const double s = f / (2.0 + f), z = s * s, w = z * z;
    const double even =
        z * (0x1.5555555555592p-1 +
             w * (0x1.24924941f12bcp-2 + w * (0x1.74663ee9f7d02p-3 + w * 0x1.2f0565633733bp-3)));
    const double odd =
        w * (0x1.999999997fdb7p-2 + w * (0x1.c71c520956793p-3 + w * 0x1.39a1ba8b925adp-3));
    const double half = 0.5 * f * f;

    return k * 0x1.62e42feep-1 -
           ((half - (s * (half + (even + odd)) + k * 0x1.a39ef35793c76p-33)) - f);
}

/* e to the power of x, -1400 < x < 1400 (the caller sees to that), within 1 unit in the last place
 * where the result is a normal number; infinity and 0 where it is beyond a double.
 * x = k log 2 + r; e^r = 1 + r + r c / (2 - c), c = r - r^2 P(r^2), P by Remez (error 2^-59). */
static inline double exact_exp(double x)
{
    /* Adding 1.5 2^52 rounds to a whole number and leaves it in the low bits. */
    const double whole = x * 0x1.71547652b82fep+0 + 0x1.8p52;
    const double k = whole - 0x1.8p52;
    const double high = x - k * 0x1.62e42feep-1, rest = k * 0x1.a39ef35793c76p-33;
    const double r = high - rest, t = r * r;
    const double c = r - t * (0x1.555555555553ep-3 +
                              t * (-0x1.6c16c16bebdc9p-9 +
                                   t * (0x1.1566aaf2757bap-14 +
                                        t * (-0x1.bbd41caadda6ep-20 + t * 0x1.6376be298a955p-25))));
    const double power = 1.0 - ((rest - r * c / (2.0 - c)) - high);
    /* 2^k in two factors, so that both are normal where the result is not. */
    const uint64_t biased = exact_bits(whole) + 2046;
    const uint64_t first = (biased & 0xfff) >> 1, second = (biased & 0xfff) - first;

    return power * exact_double(first << 52) * exact_double(second << 52);
}

/* log(1 + x), x > -1, and e^x - 1, -1400 < x < 700, within 3 units in the last place also where x
 * is tiny: the rounding of 1 + x (of e^x) is taken back out. W. Kahan; N. J. Higham, Accuracy and
 * Stability of Numerical Algorithms, section 1.14. */
static inline double exact_log1p(double x)
{
    const double sum = 1.0 + x, tail = sum - 1.0;

    return exact_bits(tail) << 1 == 0 ? x : exact_log(sum) * (x / tail);
}

static inline double exact_expm1(double x)
{
    const double power = exact_exp(x), tail = power - 1.0;

    if (exact_bits(tail) << 1 == 0)
        return x;
    return tail <= -1.0 ? -1.0 : tail * (x / exact_log(power));
}

/* x to the power of y for a positive normal x, -1400 < y log x < 1400 (the caller sees to both).
 * The error of the logarithm grows with it: relative error below (1 + |y log x|) 2^-51. */
static inline double exact_pow(double x, double y)
{
    return exact_exp(y * exact_log(x));
}

/* sin(pi x), -2^50 < x < 2^50, within 2 units in the last place; 0 exactly at whole x. x = k / 2 +
 * r with r from -1/4 to 1/4, exactly; then Taylor's series of the sine or cosine of pi r, whose
 * next term is below 2^-60. No branches. */
static inline double exact_sinpi(double x)
{
    const double whole = 2.0 * x + 0x1.8p52; /* rounds; the whole number is in the low bits */
    const uint64_t quarter = exact_bits(whole);
    const double a = (x - 0.5 * (whole - 0x1.8p52)) * 0x1.921fb54442d18p+1, z = a * a;
    const double sine =
        a -
        a * z *
            (0x1.5555555555555p-3 -
             z * (0x1.1111111111111p-7 -
                  z * (0x1.a01a01a01a01ap-13 -
                       z * (0x1.71de3a556c734p-19 -
                            z * (0x1.ae64567f544e4p-26 -
                                 z * (0x1.6124613a86d09p-33 -
                                      z * (0x1.ae7f3e733b81fp-41 - z * 0x1.952c77030ad4ap-49)))))));
    const double cosine =
        1.0 -
        z * (0.5 -
             z * (0x1.5555555555555p-5 -
                  z * (0x1.6c16c16c16c17p-10 -
                       z * (0x1.a01a01a01a01ap-16 -
                            z * (0x1.27e4fb7789f5cp-22 -
                                 z * (0x1.1eed8eff8d898p-29 -
                                      z * (0x1.93974a8c07c9dp-37 - z * 0x1.ae7f3e733b81fp-45)))))));
    const double value = quarter & 1 ? cosine : sine;

    return quarter & 2 ? -value : value;
}

/* c[0] + c[1] x + ... + c[7] x^7 */
static inline double exact_polynomial(const double c[8], double x)
{
    double sum = c[7];
    int i;

    for (i = 6; i >= 0; i--)
        sum = sum * x + c[i];
    return sum;
}

/* The x that a standard normal variable stays below with probability p, 0 < p < 1; relative error
 * below 1e-15. M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988), 477-484. */
static inline double exact_normal_quantile(double p)
{
    static const double a[8] = { 3.3871328727963666080e0,  1.3314166789178437745e+2,
                                 1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                 3.3430575583588128105e+4, 2.5090809287301226727e+3 };
    static const double b[8] = { 1.0,
                                 4.2313330701600911252e+1,
                                 6.8718700749205790830e+2,
                                 5.3941960214247511077e+3,
                                 2.1213794301586595867e+4,
                                 3.9307895800092710610e+4,
                                 2.8729085735721942674e+4,
                                 5.2264952788528545610e+3 };
    static const double c[8] = { 1.42343711074968357734e0,  4.63033784615654529590e0,
                                 5.76949722146069140550e0,  3.64784832476320460504e0,
                                 1.27045825245236838258e0,  2.41780725177450611770e-1,
                                 2.27238449892691845833e-2, 7.74545014278341407640e-4 };
    static const double d[8] = { 1.0,
                                 2.05319162663775882187e0,
                                 1.67638483018380384940e0,
                                 6.89767334985100004550e-1,
                                 1.48103976427480074590e-1,
                                 1.51986665636164571966e-2,
                                 5.47593808499534494600e-4,
                                 1.05075007164441684324e-9 };
    static const double e[8] = { 6.65790464350110377720e0,  5.46378491116411436990e0,
                                 1.78482653991729133580e0,  2.96560571828504891230e-1,
                                 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7 };
    static const double f[8] = { 1.0,
                                 5.99832206555887937690e-1,
                                 1.36929880922735805310e-1,
                                 1.48753612908506148525e-2,
                                 7.86869131145613259100e-4,
                                 1.84631831751005468180e-5,
                                 1.42151175831644588870e-7,
                                 2.04426310338993978564e-15 };
    const double q = p - 0.5;
    double r, x;

    if (q >= -0.425 && q <= 0.425) {
        r = 0.180625 - q * q;
        return q * exact_polynomial(a, r) / exact_polynomial(b, r);
    }
    r = sqrt(-exact_log(q < 0.0 ? p : 1.0 - p));
    if (r <= 5.0)
        x = exact_polynomial(c, r - 1.6) / exact_polynomial(d, r - 1.6);
    else
        x = exact_polynomial(e, r - 5.0) / exact_polynomial(f, r - 5.0);
    return q < 0.0 ? -x : x;
}

/* The probability that a standard normal variable stays below x >= 0; error below 4e-15.
 * G. Marsaglia, Evaluating the Normal Distribution, Journal of Statistical Software 11 (2004). */
double exact_normal_below(double x);
/* The gamma function, 1 <= x <= 100; relative error below (1 + x / 4) 1e-14. Stirling's series. */
double exact_gamma(double x);

/* Once, before all else: what GSL cannot compute becomes NAN instead of ending the program. */
void arithmetic_begin(void);

/* Where an increasing function reaches `target`, to the last bit, by halving low .. high, which
 * must enclose the place. For quantiles and roots; nothing a draw depends on. */
double invert_increasing(double (*value)(const void *context, double x), const void *context,
                         double target, double low, double high);

#endif
