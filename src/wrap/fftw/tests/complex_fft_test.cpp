#include "audiomuse/wrap/fftw/complex_fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::wrap::fftw {
namespace {

TEST(ComplexFft, AgreesWithTheDefinition) {
    for (const std::size_t size : {1U, 2U, 15U, 256U}) {
        ComplexFft fft(size);
        for (const auto& value : fft.input())
            EXPECT_EQ(value, 0.0F);
        Random random(size);
        for (auto& value : fft.input())
            value = {static_cast<float>(random.normal()), static_cast<float>(random.normal())};
        const std::vector<std::complex<float>> input(fft.input().begin(), fft.input().end());
        fft.forward();
        EXPECT_TRUE(std::equal(input.begin(), input.end(), fft.input().begin())) << "the input was changed";
        for (std::size_t k = 0; k < size; ++k) {
            std::complex<double> expected;
            for (std::size_t i = 0; i < size; ++i) {
                const double angle = -2 * std::numbers::pi * static_cast<double>(k * i % size);
                expected += std::complex<double>(input[i]) * std::polar(1.0, angle / static_cast<double>(size));
            }
            EXPECT_NEAR(std::abs(std::complex<double>(fft.output()[k]) - expected), 0, 2e-5) << size << " " << k;
        }
    }
    EXPECT_THROW(ComplexFft(0), Error);
}

}  // namespace
}  // namespace audiomuse::wrap::fftw
