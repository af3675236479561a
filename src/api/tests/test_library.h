// A small library in a temporary folder, with everything the server needs around it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "audiomuse/api/server.h"
#include "audiomuse/features/text_search/text_branch.h"
#include "support/temp_folder.h"

namespace audiomuse::api::testing {

/// A source that lists nothing and has a cover for every track but those whose path holds "no-cover".
class CoverSource final : public library::MusicSource {
public:
    library::Listing list(const std::function<void(library::SourceItem)>& found, const CancelToken& cancel) override;
    TrackTags read_tags(const library::SourceItem& item) override;
    std::string signature(const library::SourceItem& item) override;
    std::unique_ptr<library::FetchedAudio> fetch(const library::SourceItem& item, const CancelToken& cancel) override;
    Cover cover(const library::SourceItem& item) override;
};

/// Twelve tracks with the ids 1 to 12, each a file of its own:
///   1..3  rock    "Loud Road 1..3"  by The Paper Kites, album "Northbound"
///   4..6  jazz    "Blue Room 1..3"  by Mira Solt, album "Low Tide"
///   7..10 ambient "Sigur Rós ..."   by Ásgeir, album "Ísland"; 10 has no cover
///   11    could not be analysed (damaged)     12    was not listened to yet
/// Three lists: 1 and 2 automatic ("Rock_Energetic": 1 2 3, "Jazz_Calm": 4 5 6), 3 own ("Evening": 7 1 7).
/// Neighbours are those of the same style.
class TestLibrary {
public:
    TestLibrary();
    ~TestLibrary();
    TestLibrary(const TestLibrary&) = delete;
    TestLibrary& operator=(const TestLibrary&) = delete;

    /// From now on there is a CLAP (support/clap_files.h) that has heard the tracks 1 to 10: rock is bass, jazz is
    /// middle, ambient is treble, each track a little less so than the one before. Returns the vectors, in that order.
    std::vector<Embedding> install_clap();

    static constexpr const char* kLinkSecret = "the test library's secret";
    Context context();
    /// Bytes of the audio file of track `number`: a WAV header and 1000 * number further bytes.
    static std::string audio_bytes(int number);

    const testing_support::TempFolder folder;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<queue::Queue> queue;
    index::LiveIndex index;
    index::LiveIndex sounds;
    double now = 1000;  ///< by which the text branch is given up
    std::unique_ptr<features::TextBranch> texts;
    settings::Settings settings;
    CoverSource source;
    ModelTag model{"audiomuse-mini", "1"};
};

}  // namespace audiomuse::api::testing
