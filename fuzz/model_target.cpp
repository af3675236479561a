// Bytes as a model file of the model store: the first byte says which of the two networks they are, the other one is
// sound.
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/models/embedding_model.h"
#include "target.h"
#include "tiny_models.h"

namespace {

using namespace audiomuse;

void run_once(const models::EmbeddingModel& model) {
    const std::vector<float> patch(187 * 96, 0.5F);
    std::vector<float> embedding(model.dimension());
    std::vector<float> tags(50);
    model.run(patch, 1, embedding, tags);
    for (const float tag : tags) {
        if (!(tag >= -1e30F && tag <= 1e30F)) std::abort();  // also NaN
    }
}

}  // namespace

// libFuzzer calls it by this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static const fuzz::LinkFolder folder;
    static const std::string sound_embedding = fuzz::tiny_embedding_model();
    static const std::string sound_prediction = fuzz::tiny_prediction_model();
    const bool is_embedding = data[0] % 2 == 0;
    const fuzz::MemoryFile tried({data + 1, size - 1});
    const std::string& sound = is_embedding ? sound_prediction : sound_embedding;
    const fuzz::MemoryFile other({reinterpret_cast<const std::uint8_t*>(sound.data()), sound.size()});
    folder.link("musicnn_embedding.onnx", is_embedding ? tried : other);
    folder.link("musicnn_prediction.onnx", is_embedding ? other : tried);
    try {
        run_once(*models::open_model(models::ModelChoice::musicnn, {.store = {}, .extra = folder.path()}));
        fuzz::note_behaviour(1);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::model_failed) throw;
        const std::string_view message = error.what();
        const std::size_t colon = message.find(": ");
        fuzz::note_behaviour(fuzz::kind_of_message(message.substr(colon == std::string_view::npos ? 0 : colon)));
    }
    return 0;
}
