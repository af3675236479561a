#include "score.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace audiomuse::rendered {

namespace {

int wrapped(int semitones) {
    return ((semitones % 12) + 12) % 12;
}

constexpr std::array<std::string_view, 20> kMajor = {
    "I V vi IV",
    "I vi IV V",
    "I IV V I",
    "I IV I V",
    "I iii IV V",
    "ii7 V7 IM7 vi7",
    "IM7 vi7 ii7 V7",
    "I IV ii V",
    "I bVII IV I",
    "I v bVII IV",
    "I I7 IV iv",
    "I V ii IV",
    "I III7 vi IV",
    "IV V iii vi ii V I I",
    "I ii iii IV",
    "I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7",
    "I V vi iii IV I IV V",
    "I II7 V I",
    "I IV viio iii vi ii V I",
    "I bVI bVII I",
};
constexpr std::array<std::string_view, 18> kMinor = {
    "i bVI bIII bVII", "i iv V i",        "i bVII bVI V",
    "i bVI iv V",      "iio V i i",       "i v iv i",
    "i IV i IV",       "i bVII i bVII",   "i iv bVII bIII bVI iio V i",
    "i7 iv7 V7 i7",    "i bVII bVI bVII", "i i iv i bVI V i V",
    "i bIII IV bVI",   "i V bVI iv",      "i7 IV7 i7 IV7",
    "i bII V i",       "i iv i V",        "i bVI bVII i",
};

}  // namespace

std::vector<int> Chord::voiced(int tonic, int around) const {
    std::vector<int> pitches;
    for (const int interval : intervals)
        pitches.push_back(around - 6 + wrapped(tonic + root + interval - around + 6));
    std::sort(pitches.begin(), pitches.end());
    return pitches;
}

bool Chord::allows(int semitones, bool strong, Scale scale) const {
    static const std::set<int> kMajorScale = {0, 2, 4, 5, 7, 9, 11};
    static const std::set<int> kMinorScale = {0, 2, 3, 5, 7, 8, 10};
    bool rubs = false;
    for (const int interval : intervals) {
        const int distance = wrapped(semitones - root - interval);
        if (distance == 0) return true;
        rubs = rubs || distance == 1 || distance == 11;
    }
    const auto& tones = scale == Scale::major ? kMajorScale : kMinorScale;
    return !strong && !rubs && tones.contains(wrapped(semitones));
}

Chord chord_named(const std::string& name) {
    static const std::map<std::string, int> kRoots = {{"i", 0}, {"ii", 2}, {"iii", 4}, {"iv", 5},
                                                      {"v", 7}, {"vi", 9}, {"vii", 11}};
    std::string numeral;
    const bool flat = name.starts_with('b');
    std::size_t at = flat ? 1 : 0;
    const bool major = at < name.size() && name[at] < 'a';
    for (; at < name.size() && std::string_view("iIvV").find(name[at]) != std::string_view::npos; ++at)
        numeral += name[at] == 'I' ? 'i' : (name[at] == 'V' ? 'v' : name[at]);
    const std::string quality = name.substr(at);
    Chord chord{wrapped(kRoots.at(numeral) - (flat ? 1 : 0)), {0, major ? 4 : 3, 7}};
    if (quality == "o") chord.intervals = {0, 3, 6};
    if (quality == "7") chord.intervals.push_back(10);
    if (quality == "M7") chord.intervals.push_back(11);
    return chord;
}

std::span<const std::string_view> progressions(Scale scale) {
    if (scale == Scale::major) return kMajor;
    return kMinor;
}

std::span<const Groove> grooves() {
    using enum Drum;
    using enum Accompaniment;
    constexpr auto kFull = Drumming::full;
    constexpr auto kSoft = Drumming::soft;
    constexpr auto kNone = Drumming::none;
    constexpr auto kEven = Feel::straight;
    constexpr auto kSwing = Feel::swing;
    constexpr auto kTriplet = Feel::triplet;
    constexpr std::string_view kBack = "....9.......9...";  // the back beat
    constexpr std::string_view kEighths = "7.5.7.5.7.5.7.5.";
    constexpr std::string_view kFour = "9...9...9...9...";
    static const std::vector<Groove> kGrooves = {
        // Drums, four beats
        {"rock",
         4,
         76,
         178,
         kEven,
         kFull,
         chords,
         "7...5...7...5...",
         "9.7.7.7.9.7.7.7.",
         false,
         {{kick, "9.......9......."}, {snare, kBack}, {hat, kEighths}}},
        {"rock, syncopated kick",
         4,
         76,
         165,
         kEven,
         kFull,
         chords,
         "8.....7.....7...",
         "9.....8.9.......",
         false,
         {{kick, "9.....8...8....."}, {snare, kBack}, {hat, kEighths}}},
        {"pop, arpeggios",
         4,
         70,
         140,
         kEven,
         kFull,
         arpeggio,
         "7.6.7.6.7.6.7.6.",
         "9.......9.....7.",
         false,
         {{kick, "9.......8.7....."}, {snare, kBack}, {hat, kEighths}}},
        {"punk",
         4,
         150,
         190,
         kEven,
         kFull,
         chords,
         "7.7.7.7.7.7.7.7.",
         "9.8.9.8.9.8.9.8.",
         false,
         {{kick, "9.......9......."}, {snare, kBack}, {ride, "8...8...8...8..."}}},
        {"breakbeat",
         4,
         160,
         182,
         kEven,
         kFull,
         pad,
         "",
         "9.........9.....",
         false,
         {{kick, "9.........9....."}, {snare, kBack}, {hat, kEighths}}},
        {"four on the floor",
         4,
         108,
         145,
         kEven,
         kFull,
         chords,
         "..7..7....7..7..",
         "..8...8...8...8.",
         false,
         {{kick, kFour}, {clap, kBack}, {open_hat, "..8...8...8...8."}}},
        {"techno",
         4,
         118,
         150,
         kEven,
         kFull,
         pad,
         "",
         "..77..77..77..77",
         false,
         {{kick, kFour}, {hat, "6464646464646464"}}},
        {"disco",
         4,
         100,
         132,
         kEven,
         kFull,
         chords,
         "..8...8...8...8.",
         "9.7.9.7.9.7.9.7.",
         false,
         {{kick, kFour}, {snare, kBack}, {hat, "7.747.747.747.74"}}},
        {"ballad in sixteenths",
         4,
         50,
         92,
         kEven,
         kFull,
         chords,
         "8.......7.......",
         "9.......8.....6.",
         false,
         {{kick, "9.......9.6....."}, {snare, kBack}, {hat, "7454745474547454"}}},
        {"ballad in eighths",
         4,
         54,
         100,
         kEven,
         kFull,
         arpeggio,
         "7.6.7.6.7.6.7.6.",
         "9.......8.......",
         false,
         {{kick, "9.......9......."}, {snare, kBack}, {hat, kEighths}}},
        {"funk",
         4,
         84,
         116,
         kEven,
         kFull,
         chords,
         "..7.7..7..7.7...",
         "9..7..8...7.9...",
         false,
         {{kick, "9..7......8....."}, {snare, kBack}, {hat, "7454745474547454"}}},
        {"hip hop",
         4,
         72,
         102,
         kEven,
         kFull,
         chords,
         "7...........6...",
         "9..7....8.......",
         false,
         {{kick, "9..7....8.8....."}, {snare, kBack}, {hat, "7.5.7.5.7.5.7.55"}}},
        {"bossa nova",
         4,
         110,
         160,
         kEven,
         kFull,
         chords,
         "8.....7...8...7.",
         "9.....7.9.....7.",
         false,
         {{kick, "7.....5.7.....5."}, {rim, "8.....8.....8..."}, {hat, "5.4.5.4.5.4.5.4."}}},
        {"ska",
         4,
         130,
         185,
         kEven,
         kFull,
         chords,
         "..8...8...8...8.",
         "9...8...9...8...",
         false,
         {{kick, "8.......8......."}, {snare, kBack}, {hat, kEighths}}},
        {"swing",
         4,
         88,
         190,
         kSwing,
         kFull,
         chords,
         "7.....6.........",
         "8...8...8...8...",
         true,
         {{ride, "8...8.6.8...8.6."}, {hat, "....7.......7..."}, {kick, "3...3...3...3..."}}},
        {"shuffle",
         4,
         84,
         150,
         kSwing,
         kFull,
         chords,
         "7.5.7.5.7.5.7.5.",
         "9.7.9.7.9.7.9.7.",
         true,
         {{kick, "9.......9......."}, {snare, kBack}, {hat, "8.6.8.6.8.6.8.6."}}},
        {"twelve eight",
         4,
         50,
         84,
         kTriplet,
         kFull,
         chords,
         "7..5..7..5..",
         "9.....8..6..",
         false,
         {{kick, "9.....9....."}, {snare, "...9.....9.."}, {hat, "755755755755"}}},
        // Drums, three beats
        {"waltz with drums",
         3,
         84,
         185,
         kEven,
         kFull,
         chords,
         "....8...8...",
         "9...........",
         false,
         {{kick, "9..........."}, {snare, "....6...6..."}, {hat, "7.5.7.5.7.5."}}},
        {"country waltz",
         3,
         84,
         150,
         kEven,
         kFull,
         oom_pah,
         "....8...8...",
         "9...........",
         false,
         {{kick, "9..........."}, {rim, "....7...7..."}}},
        {"jazz waltz",
         3,
         96,
         185,
         kSwing,
         kFull,
         chords,
         "....7.....6.",
         "8...8...8...",
         true,
         {{ride, "8...8.6.8..."}, {hat, "....7......."}, {kick, "6..........."}}},
        // Soft drums
        {"shaker",
         4,
         70,
         140,
         kEven,
         kSoft,
         chords,
         "8...6.6...6.7.6.",
         "9.......8.......",
         false,
         {{shaker, "8.5.8.5.8.5.8.5."}}},
        {"brushes",
         4,
         50,
         150,
         kSwing,
         kSoft,
         chords,
         "8.........7.....",
         "8...7...8...7...",
         true,
         {{brush, "6...9.5.6...9.5."}}},
        {"shaker in sixteenths",
         4,
         52,
         90,
         kEven,
         kSoft,
         chords,
         "8.......7...6...",
         "9.......8.....6.",
         false,
         {{shaker, "8555755575557555"}, {rim, "....6.......6..."}}},
        {"rim and shaker",
         4,
         76,
         126,
         kEven,
         kSoft,
         arpeggio,
         "7.6.7.6.7.6.7.6.",
         "9.......8.......",
         false,
         {{rim, "....8.......8..."}, {shaker, "8.5.8.5.8.5.8.5."}}},
        {"soft waltz",
         3,
         84,
         160,
         kEven,
         kSoft,
         chords,
         "8...6...6...",
         "9...........",
         false,
         {{brush, "4...8...8..."}}},
        // No drums
        {"arpeggios in eighths", 4, 66, 150, kEven, kNone, arpeggio, "9.6.7.6.8.6.7.6.", "9.......8.......", false, {}},
        {"arpeggios in sixteenths",
         4,
         66,
         95,
         kEven,
         kNone,
         arpeggio,
         "9676767687676767",
         "9...............",
         false,
         {}},
        {"arpeggios in triplets", 4, 58, 90, kTriplet, kNone, arpeggio, "966866866866", "9...........", false, {}},
        {"hymn", 4, 50, 120, kEven, kNone, chords, "9...7...8...7...", "9...7...8...7...", true, {}},
        {"strummed", 4, 76, 140, kEven, kNone, chords, "9...7.6...6.7.6.", "9.......8.......", false, {}},
        {"strummed in sixteenths", 4, 66, 100, kEven, kNone, chords, "9.7.8.76.67.8.76", "9.......8.......", false, {}},
        {"stride", 4, 88, 190, kEven, kNone, oom_pah, "....8.......8...", "9.......9.......", false, {}},
        {"minuet", 3, 84, 180, kEven, kNone, oom_pah, "....8...8...", "9...........", false, {}},
        {"waltz arpeggios", 3, 84, 160, kEven, kNone, arpeggio, "8.6.7.6.7.6.", "9...........", false, {}},
        {"pads and melody", 4, 56, 130, kEven, kNone, pad, "", "9.......8.......", false, {}},
    };
    return kGrooves;
}

std::vector<double> melody_lengths(double bpm, bool triplets) {
    if (triplets) return {1.0 / 3, 2.0 / 3, 1, 1, 2};
    if (bpm < 80) return {0.25, 0.5, 0.5, 0.5, 1, 1.5};
    if (bpm < 140) return {0.5, 0.5, 1, 1, 1.5, 2};
    return {0.5, 1, 1, 1, 2, 3};
}

}  // namespace audiomuse::rendered
