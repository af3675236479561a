#include "styles/styles.h"

#include <array>

namespace audiomuse::demo {

std::span<const Style> styles() {
    static constexpr std::array<Style, 12> kStyles = {{
        {"Piano Ballad", piano_ballad},
        {"Techno", techno},
        {"Folk", folk},
        {"Ambient", ambient},
        {"Rock", rock},
        {"Chiptune", chiptune},
        {"Jazz", jazz},
        {"Drum and Bass", drum_and_bass},
        {"Waltz", string_waltz},
        {"Dub", dub},
        {"Choral", choral},
        {"Hip Hop", hip_hop},
    }};
    return kStyles;
}

}  // namespace audiomuse::demo
