#include "audiomuse/features/artists/artist_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "../fixed_point.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/artists/names.h"
#include "audiomuse/features/artists/similar_artists.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kDimension = 60;

std::vector<float> direction(std::uint64_t style) {
    Random random(1000 + style);
    std::vector<float> vector(kDimension);
    for (float& value : vector)
        value = static_cast<float>(random.normal());
    numeric::normalise(vector);
    return vector;
}

/// Tracks around directions, one direction for each style.
struct Library {
    std::vector<store::Credits> credits;
    std::unique_ptr<index::VectorIndex> index = index::create_index(kDimension);
    Random random{5};

    TrackId add(const std::vector<std::string>& artists, std::uint64_t style, double spread = 0.03) {
        const TrackId id{static_cast<std::int64_t>(credits.size() + 1)};
        credits.push_back({id, artists, ""});
        std::vector<float> vector = direction(style);
        for (float& value : vector)
            value += static_cast<float>(spread * random.normal());
        index->add(id.value, vector);
        return id;
    }
    ArtistModels models(const ArtistModels* before = nullptr, unsigned threads = 1) const {
        return make_artist_models(credits, index.get(), {.threads = threads}, before);
    }
};

std::vector<std::byte> image_of(const ArtistModels& models) {
    std::vector<std::byte> image;
    models.save([&](std::span<const std::byte> bytes) { image.insert(image.end(), bytes.begin(), bytes.end()); });
    return image;
}

Library varied_library() {
    Library library;
    for (int i = 0; i < 30; ++i)
        library.add({"Two Styles"}, i % 2 == 0 ? 1 : 2);
    for (int i = 0; i < 12; ++i)
        library.add({"First Only"}, 1);
    for (int i = 0; i < 7; ++i)
        library.add({"Far Away feat. Two Styles"}, 9);
    library.add({"Few"}, 2);
    library.add({"Few"}, 1);
    return library;
}

TEST(FixedPoint, KeepsDistances) {
    std::vector<std::int16_t> a(kDimension);
    std::vector<std::int16_t> b(kDimension);
    for (std::uint64_t i = 0; i < 50; ++i) {
        to_fixed(direction(i), a);
        to_fixed(direction(i + 1), b);
        const float exact = numeric::unit_cosine_distance(direction(i), direction(i + 1));
        EXPECT_NEAR(fixed_distance(a.data(), b.data(), kDimension), exact, 1e-4);
        EXPECT_NEAR(fixed_distance(a.data(), a.data(), kDimension), 0, 1e-4);
    }
    // The largest sum there is: all in one coordinate, both ways.
    const std::vector<std::int16_t> one = {32767, 0};
    const std::vector<std::int16_t> minus = {-32767, 0};
    EXPECT_FLOAT_EQ(fixed_distance(one.data(), minus.data(), 2), 2);
}

TEST(ArtistModels, HaveAComponentForEachStyle) {
    const Library library = varied_library();
    const ArtistModels models = library.models();
    ASSERT_EQ(models.size(), 4U);
    const auto view = models.at(models.find("first only"));
    EXPECT_EQ(view.name, "First Only");
    EXPECT_THAT(view.tracks, SizeIs(12));
    EXPECT_EQ(view.analysed, 12U);
    EXPECT_THAT(view.weights, ElementsAre(1.0F));

    // 15 of each of its styles, and seven as a guest of another.
    const auto two = models.at(models.find("Two Styles"));
    ASSERT_THAT(two.weights, SizeIs(3));
    EXPECT_THAT(two.tracks, SizeIs(37));
    std::vector<float> weights(two.weights.begin(), two.weights.end());
    std::sort(weights.begin(), weights.end());
    EXPECT_NEAR(weights[0], 7.0 / 37, 1e-3);
    EXPECT_NEAR(weights[1], 15.0 / 37, 1e-3);
    const std::vector<float> mean = models.mean(models.find("First Only"), 0);
    EXPECT_LT(numeric::cosine_distance(mean, direction(1)), 0.01);

    const auto few = models.at(models.find("Few"));
    EXPECT_THAT(few.weights, ElementsAre(0.5F, 0.5F));  // one for each song
}

TEST(ArtistModels, OneStyleIsOneComponentHoweverFewItsSongs) {
    for (int songs = 5; songs <= 24; ++songs) {
        Library library;
        for (int i = 0; i < songs; ++i)
            library.add({"One"}, 3, 0.08);
        EXPECT_THAT(library.models().at(0).weights, SizeIs(1)) << songs;
    }
}

TEST(ArtistModels, FindsByNameAndId) {
    const ArtistModels models = varied_library().models();
    const std::size_t artist = models.find("TWO STYLES");
    ASSERT_NE(artist, ArtistModels::kNone);
    EXPECT_EQ(models.find(models.id(artist)), artist);
    EXPECT_EQ(models.id(artist), artist_id_of("two styles"));
    EXPECT_EQ(models.find("nobody"), ArtistModels::kNone);
    EXPECT_EQ(models.find("0123456789abcdef"), ArtistModels::kNone);
    EXPECT_EQ(models.find(""), ArtistModels::kNone);
}

TEST(ArtistModels, SearchPutsThoseOfMostTracksFirst) {
    const ArtistModels models = varied_library().models();
    std::vector<std::string> names;
    for (const std::size_t artist : models.search(""))
        names.emplace_back(models.at(artist).name);
    EXPECT_THAT(names, ElementsAre("Two Styles", "First Only", "Far Away", "Few"));
    ASSERT_THAT(models.search("FÉW"), SizeIs(1));
    EXPECT_THAT(models.search("zz"), IsEmpty());
}

TEST(ArtistModels, AreTheSameOnAnyNumberOfThreadsAndWithThoseBefore) {
    Library library = varied_library();
    const ArtistModels first = library.models();
    EXPECT_EQ(image_of(first), image_of(library.models(nullptr, 3)));
    const ArtistModels again = library.models(&first);
    EXPECT_EQ(again.reused(), 4U);
    EXPECT_EQ(image_of(first), image_of(again));

    // One song more: its artist alone is made anew.
    library.add({"Few"}, 4);
    const ArtistModels more = library.models(&first);
    EXPECT_EQ(more.reused(), 3U);
    EXPECT_EQ(image_of(more), image_of(library.models()));
    // Another sound of a song: likewise.
    library.index->add(1, direction(7));
    EXPECT_EQ(library.models(&more).reused(), 3U);
}

TEST(ArtistModels, SurviveSavingAndRefuseDamage) {
    const ArtistModels models = varied_library().models();
    const std::vector<std::byte> image = image_of(models);
    const ArtistModels loaded = ArtistModels::load(image);
    EXPECT_EQ(image_of(loaded), image);
    EXPECT_EQ(loaded.find("Few"), models.find("Few"));
    for (std::size_t size = 0; size < image.size(); size += 97)
        EXPECT_THROW(ArtistModels::load(std::span(image).first(size)), Error);
    for (std::size_t at = 0; at < image.size(); at += 61) {
        std::vector<std::byte> changed = image;
        changed[at] ^= std::byte{0x10};
        EXPECT_THROW(ArtistModels::load(changed), Error) << at;
    }
}

TEST(ArtistModels, TracksWithoutSoundAreTracksAllTheSame) {
    Library library;
    library.add({"Nina"}, 1);
    library.credits.push_back({TrackId{99}, {"Nina"}, ""});
    const ArtistModels models = library.models();
    EXPECT_THAT(models.at(0).tracks, SizeIs(2));
    EXPECT_EQ(models.at(0).analysed, 1U);
    const ArtistModels without = make_artist_models(library.credits, nullptr);
    EXPECT_THAT(without.at(0).weights, IsEmpty());
    EXPECT_THAT(similar_artists(without, 0), IsEmpty());
}

TEST(ArtistDistance, IsTheSoftChamferDistance) {
    const ArtistModels models = varied_library().models();
    for (std::size_t a = 0; a < models.size(); ++a) {
        EXPECT_NEAR(artist_distance(models, a, a), 0, 1e-4);
        for (std::size_t b = 0; b < models.size(); ++b) {
            double expected = 0;
            for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
                for (std::size_t i = 0; i < models.at(from).weights.size(); ++i) {
                    double nearest = 2;
                    for (std::size_t j = 0; j < models.at(to).weights.size(); ++j) {
                        nearest = std::min(nearest, static_cast<double>(numeric::cosine_distance(models.mean(from, i),
                                                                                                 models.mean(to, j))));
                    }
                    expected += 0.5 * static_cast<double>(models.at(from).weights[i]) * nearest;
                }
            }
            EXPECT_NEAR(artist_distance(models, a, b), expected, 1e-4);
        }
    }
}

TEST(SimilarArtists, SharedStylesAreNear) {
    const ArtistModels models = varied_library().models();
    const std::size_t few = models.find("Few");
    std::vector<std::string> names;
    for (const SimilarArtist& similar : similar_artists(models, few))
        names.emplace_back(models.at(similar.artist).name);
    EXPECT_THAT(names, ElementsAre("Two Styles", "First Only", "Far Away"));
    EXPECT_THAT(similar_artists(models, few, {.n = 1}), SizeIs(1));
    EXPECT_THAT(similar_artists(models, few, {.min_tracks = 12, .strict = true}), SizeIs(2));
    EXPECT_THAT(similar_artists(models, few, {.allowed = [&](std::size_t artist) { return artist > 2; }}), SizeIs(1));
    // Those of few songs are not offered, but may ask.
    for (const SimilarArtist& similar :
         similar_artists(models, models.find("First Only"), {.min_tracks = 5, .strict = true}))
        EXPECT_NE(similar.artist, few);
}

TEST(SimilarArtists, OfFewTracksFillUpWhatWouldBeTooShort) {
    const ArtistModels models = varied_library().models();
    const std::size_t few = models.find("Few");
    const std::size_t first = models.find("First Only");
    const auto names = [&](const SimilarArtistsParams& params) {
        std::vector<std::string> found;
        for (const SimilarArtist& similar : similar_artists(models, first, params))
            found.emplace_back(models.at(similar.artist).name);
        return found;
    };
    const std::vector<std::string> all = names({});
    EXPECT_THAT(all, SizeIs(3));
    EXPECT_EQ(all.front(), "Few") << "half of it is of the same style";
    EXPECT_THAT(names({.n = 2, .min_tracks = 5}), testing::Not(testing::Contains("Few"))) << "there are two others";
    EXPECT_EQ(names({.n = 3, .min_tracks = 5}), all) << "the nearest first all the same";
    EXPECT_EQ(names({.n = 2, .min_tracks = 1000}), (std::vector<std::string>{all[0], all[1]}));
    EXPECT_THAT(names({.n = 2, .min_tracks = 1000, .strict = true}), IsEmpty());
    EXPECT_LT(models.at(few).analysed, 5U);
}

TEST(MatchComponents, NamesThePairsThatMeetAndTheirSongs) {
    const Library library = varied_library();
    const ArtistModels models = library.models();
    const std::size_t two = models.find("Two Styles");
    const std::size_t first = models.find("First Only");
    const auto matches = match_components(models, first, two, 2);
    ASSERT_THAT(matches, SizeIs(2));
    EXPECT_LE(matches[0].distance, matches[1].distance);
    EXPECT_LT(matches[0].distance, 0.02);
    const auto songs = representatives(models, *library.index, two, matches[0].other_component, 3);
    ASSERT_THAT(songs, SizeIs(3));
    for (const Representative& song : songs) {
        EXPECT_LT(numeric::cosine_distance(library.index->vector(song.id.value), direction(1)), 0.1);
        EXPECT_LT(song.distance, 0.1);
    }
}

TEST(ProjectComponents, KeepsStylesTogether) {
    const ArtistModels models = varied_library().models();
    const auto places = project_components(models);
    ASSERT_EQ(places.size(), models.components());
    EXPECT_EQ(places, project_components(models));
    EXPECT_THAT(project_components(ArtistModels()), IsEmpty());
}

}  // namespace
}  // namespace audiomuse::features
