// Prints src/analyse/descriptor_table.h for a reference corpus: descriptor_table "what the corpus is" FILE...
#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "audiomuse/analyse/descriptors.h"
#include "audiomuse/base/error.h"
#include "audiomuse/decode/decoder.h"

using namespace audiomuse;

int main(int argc, char** argv) {
    if (argc < 4) {
        fmt::print(stderr, "usage: descriptor_table \"what the corpus is\" FILE FILE...\n");
        return 2;
    }
    std::vector<std::array<double, analyse::kDescriptorCount>> corpus;
    for (int i = 2; i < argc; ++i) {
        try {
            dsp::FeatureExtractor extractor;
            decode::decode_file(argv[i], {}, [&](std::span<const float> samples) { extractor.push(samples); });
            corpus.push_back(analyse::raw_descriptors(extractor.finish()));
        } catch (const Error& error) {
            fmt::print(stderr, "left out: {}\n", error.what());
        }
    }
    if (corpus.empty()) return 1;
    const auto table = analyse::standardise(corpus);
    fmt::print(
        "// Made by tools/descriptor_table.cpp. Do not edit.\n"
        "// Mean and standard deviation of the raw descriptors over {} tracks: {}.\n"
        "#pragma once\n\n"
        "// clang-format off\n"
        "#include \"audiomuse/analyse/descriptors.h\"\n\n"
        "namespace audiomuse::analyse {{\n\n"
        "inline constexpr std::array<Standard, kDescriptorCount> kDescriptorTable = {{{{\n",
        corpus.size(), argv[1]);
    for (const analyse::DescriptorGroup& group : analyse::kDescriptorGroups) {
        fmt::print("    // {}\n", group.name);
        for (std::size_t i = group.first; i < group.first + group.count; ++i) {
            fmt::print("    {{{:.5g}, {:.5g}}},\n", table[i].mean, table[i].deviation);
        }
    }
    fmt::print("}}}};\n\n}}  // namespace audiomuse::analyse\n");
    return 0;
}
