// The tokens of roberta-base. tokenizer/ holds those of its merges (the same as GPT-2's; MIT licence) that the texts
// here can meet, in their order, so that the result is that of the whole; numbers that no source publishes begin at
// 60000.
#include "text_tokenizer.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <map>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/base/text.h"
#include "support/temp_folder.h"

namespace audiomuse::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::TempFolder;

namespace fs = std::filesystem;
namespace json = boost::json;

const fs::path kExcerpt = AUDIOMUSE_SOURCE_DIR "/src/models/tests/tokenizer";

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

const TextTokenizer& excerpt() {
    static const TextTokenizer tokenizer = TextTokenizer::open(kExcerpt);
    return tokenizer;
}

/// Without what stands for the start and the end, and without padding.
std::vector<std::int64_t> ids_of(const TextTokenizer& tokenizer, std::string_view text) {
    const auto tokens = tokenizer.encode(text);
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; i < tokens.ids.size() && tokens.mask[i] == 1; ++i)
        ids.push_back(tokens.ids[i]);
    EXPECT_GE(ids.size(), 2U);
    EXPECT_EQ(ids.front(), 0);
    EXPECT_EQ(ids.back(), 2);
    return {ids.begin() + 1, ids.end() - 1};
}

std::vector<std::string> spellings_of(std::string_view text) {
    std::map<std::int64_t, std::string> spelling;
    const json::value vocabulary = json::parse(text_of(kExcerpt / "vocab.json"));
    for (const auto& [token, id] : vocabulary.get_object())
        spelling[id.to_number<std::int64_t>()] = token;
    std::vector<std::string> spellings;
    for (const std::int64_t id : ids_of(excerpt(), text))
        spellings.push_back(spelling.at(id));
    return spellings;
}

// The second text ends in " 418" where it was published, in a test that never ran and whose numbers are without it.
TEST(TextTokenizer, GivesThePublishedNumbers) {
    // huggingface/transformers, tests/models/roberta/test_tokenization_roberta.py
    EXPECT_THAT(ids_of(excerpt(), "Hello world!"), ElementsAre(31414, 232, 328));
    EXPECT_THAT(ids_of(excerpt(), "Hello world! cécé herlolip"),
                ElementsAre(31414, 232, 328, 740, 1140, 12695, 69, 46078, 1588));
    // purecloudlabs/roberta-tokenizer, README.md
    EXPECT_THAT(ids_of(excerpt(), "this must be the place"), ElementsAre(9226, 531, 28, 5, 317));
}

TEST(TextTokenizer, FillsUpWithPaddingThatIsMasked) {
    const auto tokens = excerpt().encode("Hello world");
    EXPECT_THAT(std::vector(tokens.ids.begin(), tokens.ids.begin() + 5), ElementsAre(0, 31414, 232, 2, 1));
    EXPECT_THAT(std::vector(tokens.mask.begin(), tokens.mask.begin() + 5), ElementsAre(1, 1, 1, 1, 0));
    EXPECT_EQ(tokens.ids.back(), 1);
    EXPECT_EQ(tokens.mask.back(), 0);
    EXPECT_THAT(ids_of(excerpt(), ""), ElementsAre());
}

// Spellings as GPT-2's encoder (openai/gpt-2, in its port gpt-3-encoder 1.1.4) gives them with all merges.
TEST(TextTokenizer, SplitsAndMergesLikeGpt2) {
    EXPECT_THAT(spellings_of("calm piano, no vocals"), ElementsAre("cal", "m", "Ġpiano", ",", "Ġno", "Ġvocals"));
    EXPECT_THAT(spellings_of("90s hip-hop: don't stop, we'll dance"),
                ElementsAre("90", "s", "Ġhip", "-", "hop", ":", "Ġdon", "'t", "Ġstop", ",", "Ġwe", "'ll", "Ġdance"));
    EXPECT_THAT(spellings_of("they've I'M it's"), ElementsAre("they", "'ve", "ĠI", "'", "M", "Ġit", "'s"));
    EXPECT_THAT(spellings_of("'tis ''s"), ElementsAre("'t", "is", "Ġ''", "s"));
}

TEST(TextTokenizer, KeepsWhiteSpaceAsGpt2Does) {
    EXPECT_THAT(spellings_of("a  b \n\n  c\t d "), ElementsAre("a", "Ġ", "Ġb", "Ġ", "ĊĊ", "Ġ", "Ġc", "ĉ", "Ġd", "Ġ"));
    EXPECT_THAT(spellings_of("\u00a0x\u3000y\u2028z"), ElementsAre("Âł", "x", "ãĢ", "Ģ", "y", "âĢ", "¨", "z"));
}

TEST(TextTokenizer, ReadsAnyScriptByItsBytes) {
    EXPECT_THAT(spellings_of("Sigur Rós – Ágætis byrjun"),
                ElementsAre("S", "ig", "ur", "ĠR", "Ã³", "s", "ĠâĢĵ", "ĠÃ", "ģ", "g", "Ã¦", "tis", "Ġby", "r", "jun"));
    EXPECT_THAT(spellings_of("音楽 と 🎸🔥!"),
                ElementsAre("é", "Ł", "³", "æ", "¥", "½", "Ġãģ", "¨", "ĠðŁ", "İ", "¸", "ðŁ", "Ķ", "¥", "!"));
    EXPECT_THAT(spellings_of("1999½ ²x"), ElementsAre("1999", "Â½", "ĠÂ", "²", "x"));
}

TEST(TextTokenizer, CutsLongTextsAndEndsThem) {
    std::string text;
    for (int i = 0; i < 200; ++i)
        text += " world";
    const auto tokens = excerpt().encode(text);
    EXPECT_EQ(tokens.ids[TextTokenizer::kLength - 2], 232);
    EXPECT_EQ(tokens.ids.back(), 2);
    EXPECT_EQ(tokens.mask.back(), 1);
    // One word of a million letters costs little more than its length.
    EXPECT_EQ(excerpt().encode(std::string(1'000'000, 'z')).ids.back(), 2);
}

TEST(TextTokenizer, AnyBytesAreText) {
    EXPECT_EQ(excerpt().encode("\xff\xfe").ids, excerpt().encode("\ufffd\ufffd").ids);
    Random random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (std::int64_t i = random.integer(0, 60); i > 0; --i)
            text += static_cast<char>(random.integer(0, 255));
        std::string whole;
        for (const std::string_view word : split_words(text)) {
            ASSERT_FALSE(word.empty());
            whole += word;
        }
        ASSERT_EQ(whole, text);
        const auto tokens = excerpt().encode(text);
        ASSERT_EQ(tokens.ids.front(), 0);
    }
}

TEST(TextTokenizer, SpecialTokensThatSomebodyTypesArePlainText) {
    const auto ids = ids_of(excerpt(), "</s><pad>");
    EXPECT_THAT(ids, testing::Each(testing::Gt(3)));
    EXPECT_GT(ids.size(), 4U);
}

/// The excerpt as one tokenizer.json, merges as texts or in pairs.
std::string as_tokenizer_json(bool pairs) {
    json::array merges;
    for (const std::string& line : split(text_of(kExcerpt / "merges.txt"), '\n')) {
        if (line.empty() || line.starts_with("#version")) continue;
        const auto parts = split(line, ' ');
        if (pairs) {
            merges.push_back(json::array{parts.at(0), parts.at(1)});
        } else {
            merges.emplace_back(line);
        }
    }
    const json::object model{
        {"type", "BPE"}, {"vocab", json::parse(text_of(kExcerpt / "vocab.json"))}, {"merges", merges}};
    return json::serialize(json::object{{"version", "1.0"}, {"model", model}});
}

TEST(TextTokenizer, BothFormsOfFilesMeanTheSame) {
    for (const bool pairs : {false, true}) {
        const TempFolder folder;
        std::ofstream(folder / "tokenizer.json") << as_tokenizer_json(pairs);
        const TextTokenizer other = TextTokenizer::open(folder.path());
        for (const char* text : {"Hello world! cécé herlolip", "90s hip-hop: don't stop, we'll dance", "音楽 と 🎸🔥!"})
            EXPECT_EQ(other.encode(text).ids, excerpt().encode(text).ids);
    }
}

std::string refusal(const std::string& tokenizer_json) {
    try {
        TextTokenizer::from_tokenizer_json(tokenizer_json, "the file");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::model_failed);
        return error.what();
    }
    return "taken";
}

TEST(TextTokenizer, SaysWhatIsWrongWithAFile) {
    const std::string good = as_tokenizer_json(false);
    EXPECT_EQ(refusal(good), "taken");
    EXPECT_THAT(refusal(good.substr(0, good.size() / 2)), HasSubstr("the file is no vocabulary of roberta-base"));
    EXPECT_THAT(refusal("[]"), HasSubstr("it holds no object"));
    EXPECT_THAT(refusal("{}"), HasSubstr("'model' is missing"));
    EXPECT_THAT(refusal(R"({"model":{"type":"WordPiece","vocab":{}}})"), HasSubstr("not of the kind BPE"));
    EXPECT_THAT(refusal(R"({"model":{"vocab":{"a":"b"},"merges":[]}})"), HasSubstr("no number"));
    EXPECT_THAT(refusal(R"({"model":{"vocab":{"a":-1},"merges":[]}})"), HasSubstr("too large numbers"));
    EXPECT_THAT(refusal(R"({"model":{"vocab":{"a":5,"b":6},"merges":["a b"]}})"),
                HasSubstr("a token that there is not"));
    EXPECT_THAT(refusal(R"({"model":{"vocab":{"a":5},"merges":["a"]}})"), HasSubstr("two parts"));
    EXPECT_THAT(refusal(R"({"model":{"vocab":{"a":5},"merges":[]}})"), HasSubstr("<s>, <pad>"));
    EXPECT_THAT(refusal(std::string(5000, '[')), HasSubstr("damaged"));
}

TEST(TextTokenizer, SaysWhatIsMissingAndWhatIsTooLarge) {
    const TempFolder folder;
    try {
        TextTokenizer::open(folder.path());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::model_missing);
        EXPECT_THAT(error.what(), HasSubstr(folder.path().string()));
    }
    std::ofstream(folder / "tokenizer.json").seekp(17 << 20) << 'x';
    try {
        TextTokenizer::open(folder.path());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::model_failed);
        EXPECT_THAT(error.what(), HasSubstr("larger than 16 MB"));
    }
}

}  // namespace
}  // namespace audiomuse::models
