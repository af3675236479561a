#include "audiomuse/wrap/fftw/real_fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <thread>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::wrap::fftw {
namespace {

std::vector<std::complex<double>> slow_transform(std::span<const float> signal) {
    const std::size_t n = signal.size();
    std::vector<std::complex<double>> bins(n / 2 + 1);
    for (std::size_t k = 0; k < bins.size(); ++k) {
        for (std::size_t i = 0; i < n; ++i) {
            const double angle = -2 * std::numbers::pi * static_cast<double>(k * i % n) / static_cast<double>(n);
            bins[k] += static_cast<double>(signal[i]) * std::polar(1.0, angle);
        }
    }
    return bins;
}

void fill(std::span<float> signal, std::uint64_t seed) {
    Random random(seed);
    for (float& sample : signal)
        sample = static_cast<float>(random.normal());
}

TEST(RealFft, AgreesWithTheDefinitionAndInverts) {
    for (const std::size_t size : {1U, 2U, 15U, 250U, 512U}) {
        RealFft fft(size);
        fill(fft.signal(), size);
        const std::vector<float> signal(fft.signal().begin(), fft.signal().end());
        fft.forward();
        EXPECT_TRUE(std::equal(signal.begin(), signal.end(), fft.signal().begin())) << "the signal was changed";
        const auto expected = slow_transform(signal);
        for (std::size_t k = 0; k < expected.size(); ++k) {
            EXPECT_NEAR(std::abs(std::complex<double>(fft.spectrum()[k]) - expected[k]), 0, 2e-5) << size << " " << k;
        }
        fft.inverse();
        for (std::size_t i = 0; i < size; ++i)
            EXPECT_NEAR(fft.signal()[i] / static_cast<float>(size), signal[i], 1e-6);
    }
    EXPECT_THROW(RealFft(0), Error);
}

TEST(RealFft, PlansMayBeMadeOnManyThreads) {
    std::vector<std::vector<std::complex<float>>> results(4);
    std::vector<std::thread> threads;
    for (auto& result : results) {
        threads.emplace_back([&result] {
            for (int round = 0; round < 20; ++round) {
                RealFft fft(512);
                fill(fft.signal(), 7);
                fft.forward();
                result.assign(fft.spectrum().begin(), fft.spectrum().end());
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    for (const auto& result : results)
        EXPECT_EQ(result, results[0]);
}

}  // namespace
}  // namespace audiomuse::wrap::fftw
