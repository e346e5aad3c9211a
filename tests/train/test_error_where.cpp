// Error::where() in every room: the file and the line of the check that failed.
#include <sonant/audio/corpus.h>
#include <sonant/audio/decode.h>
#include <sonant/core/autograd.h>
#include <sonant/core/file.h>
#include <sonant/core/npz.h>
#include <sonant/core/random.h>
#include <sonant/nn/init.h>
#include <sonant/nn/models/family.h>
#include <sonant/nn/safetensors.h>
#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/train/experiment/config_file.h>
#include <sonant/train/experiment/cross_validation.h>
#include <sonant/train/experiment/embeddings.h>
#include <sonant/train/experiment/run.h>
#include <sonant/train/search/search_space.h>
#include <sonant/train/search/study.h>
#include <sonant/train/search/tune.h>

#include <functional>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "support/text.h"
#include "train/tones.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

// "core/shape.cpp" and the text of that line, for ".../core/shape.cpp:36".
std::pair<std::string, std::string> source_line(const std::string& where) {
  const std::size_t colon = where.rfind(':');
  const fs::path named = where.substr(0, colon), root = test::test_dir().parent_path();
  // However the compiler was called, the file is one of the repository.
  for (auto part = named.begin(); part != named.end(); ++part) {
    fs::path inside;
    for (auto rest = part; rest != named.end(); ++rest) inside /= *rest;
    if (inside.is_absolute() || !fs::exists(root / inside)) continue;
    std::istringstream text(read_text(root / inside, "test"));
    std::string line;
    for (int n = std::stoi(where.substr(colon + 1)); n > 0; --n) std::getline(text, line);
    return {fs::relative(fs::canonical(root / inside), fs::canonical(root)).string(), line};
  }
  return {where, "no such file"};
}

struct Mistake {
  const char* file;  // where the check stands
  const char* line;  // what stands in its line
  std::function<void()> make;
};

TrainConfig with(void (*change)(TrainConfig&)) {
  TrainConfig config;
  change(config);
  return config;
}

std::vector<Mistake> of_core_nn_and_audio(const TempFolder& folder) {
  static const std::vector<std::byte> rubbish(100, std::byte{7});
  const fs::path none = folder / "none";
  return {
      {"core/shape.cpp", "check", [] { Shape{2}.dim(1); }},
      {"core/shape.cpp", "check",
       [] {
         broadcast({2, 3}, {2}, "add");
       }},
      {"core/tensor.h", "check", [] { Tensor<float>({2}).item(); }},
      {"core/tensor.cpp", "check",
       [] {
         Tensor<float>({2}).reshaped({3, -1});
       }},
      {"core/autograd.cpp", "check", [] { Tape<float>().constant(Tensor<float>({2})).backward(); }},
      {"core/file.cpp", "check", [=] { read_file(none, "test"); }},
      {"core/file.cpp", "cannot_write(", [&] { write_file(folder.path, "x", "test"); }},
      {"core/file.cpp", "cannot_write(", [&] { check_writable(folder.path, "test"); }},
      {"nn/init.cpp", "check",
       [] {
         Tensor<float> w({3});
         xavier_normal(w, Random(1));
       }},
      {"nn/safetensors.cpp", "check", [] { Safetensors::parse(rubbish, "x"); }},
      {"core/npz.cpp", "check", [] { Npz::parse(rubbish, "x"); }},
      {"nn/models/family.cpp", "fail", [] { make_model<float>("cnn", 1); }},
      {"audio/corpus.cpp", "check", [=] { open_corpus(none); }},
      {"audio/frontends/mfcc_chroma.cpp", "check", [] { extract_features({}); }},
  };
}

std::vector<Mistake> of_train(const TempFolder& folder) {
  static const std::vector<std::byte> rubbish(100, std::byte{7});
  write_file(folder / "c.toml", "epoch = 3\n", "test");
  write_file(folder / "no.toml", "= 3\n", "test");
  Safetensors file;
  file.add("x", Tensor<float>({2}));
  file.write(folder / "x.safetensors");
  const fs::path tones = test::write_tones(folder), tensors = folder / "x.safetensors",
                 toml = folder / "c.toml", no_toml = folder / "no.toml";
  return {
      {"train/config.cpp", "\"t0\"", [] { with([](auto& c) { c.t0 = 0; }).validate(); }},
      {"nn/models/lstm_sa.cpp", "dropout",
       [] { with([](auto& c) { c.set("dropout", 1); }).validate(); }},
      {"train/config.cpp", "\"schedule\"",
       [] { with([](auto& c) { c.schedule = "x"; }).validate(); }},
      {"train/config.cpp", "label_smoothing",
       [] { with([](auto& c) { c.label_smoothing = 2; }).validate(); }},
      {"train/experiment/config_file.cpp", "(",
       [=] {
         TrainConfig c;
         read_config_file(toml, c);
       }},
      {"train/experiment/config_file.cpp", "fail",
       [=] {
         TrainConfig c;
         read_config_file(no_toml, c);
       }},
      {"train/optimizer.cpp", "\"optimizer\"",
       [] { make_optimizer<float>({}, {.name = "lion", .lr = 1}); }},
      {"nn/speech/speech_model_file.cpp", "check", [=] { load_model(tensors); }},
      {"train/experiment/embeddings.cpp", "check", [=] { load_embeddings(tensors); }},
      {"train/checkpoint.cpp", "check",
       [=] {
         auto model = make_model<float>("lstm-sa-h3", 1);
         auto optimizer = make_optimizer<float>(*model, {});
         TrainState state = start_training(std::move(model), std::move(optimizer), {}, {}, {}, "");
         load_checkpoint(state, tensors);
       }},
      {"train/experiment/run.cpp", "check",
       [=] {
         RunOptions options;
         options.data = tones;
         options.features = test::tone_features();
         options.resume = true;
         run_training(options);
       }},
      {"train/search/search_space.cpp", "check", [] { parse_search_space("", "x"); }},
      {"train/search/search_space.cpp", "fail", [] { parse_search_space("=", "x"); }},
      {"train/search/distribution.cpp", "fail", [] { distribution_from_json("{", "x"); }},
      {"train/search/sqlite.cpp", "check", [] { parse_study({}, "x"); }},
      {"train/search/sqlite.cpp", "fail", [] { parse_study(rubbish, "x"); }},
      {"train/experiment/cross_validation.cpp", "(", [] { cross_validate({}); }},
  };
}

void ask(const std::vector<Mistake>& mistakes) {
  for (const Mistake& mistake : mistakes) {
    CAPTURE(mistake.file, mistake.line);
    try {
      mistake.make();
      FAIL_CHECK("no error");
    } catch (const Error& error) {
      const auto [file, line] = source_line(error.where());
      INFO(error.what() << " at " << error.where() << ": " << line);
      CHECK(file == mistake.file);
      CHECK(test::has(line, mistake.line));
      CHECK(!test::has(line, "kAt ="));
    }
  }
}

}  // namespace

TEST_CASE("every room's errors name the line of the check", "[train]") {
  const TempFolder folder;
  ask(of_core_nn_and_audio(folder));
  ask(of_train(folder));
}
