#include <sonant/nn/safetensors.h>
#include <sonant/train/batch.h>
#include <sonant/train/experiment/embeddings.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/catch.h"
#include "support/close.h"
#include "support/models.h"
#include "support/temp_folder.h"
#include "train/small_run.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// More than a batch, not in the order of the data, of several lengths.
std::vector<int> some_clips() {
  std::vector<int> clips;
  for (int i = static_cast<int>(small_run().data.features.size()) - 1; i >= 0; i -= 2)
    clips.push_back(i);
  return clips;
}

Tensor<float> row(const Tensor<float>& x, std::int64_t n) {
  Tensor<float> r(Shape{1, x.dim(1)});
  std::copy_n(x.data() + n * x.dim(1), x.dim(1), r.data());
  return r;
}

}  // namespace

TEST_CASE("An utterance's embedding is the one it has alone", "[train]") {
  const Dataset& data = small_run().data;
  auto model = make_model<float>(
      test::NamedModel{.name = "reslstm-sa-h5", .input = data.dims(), .classes = kToneClasses}, 1);
  const std::vector<int> clips = some_clips();
  REQUIRE(clips.size() > 32);
  const Embeddings e = compute_embeddings(*model, data, clips);
  REQUIRE(e.embedding.shape() == Shape{std::ssize(clips), 5});
  REQUIRE(e.labels.size() == clips.size());
  model->eval();
  for (std::size_t n = 0; n < clips.size(); ++n) {
    const int clip = clips[n];
    Batch batch = make_batch(data, std::vector<int>{clip});
    Tape<float> tape(TapeMode::inference);
    const auto alone = (*model)({tape.constant(std::move(batch.data)), batch.layout});
    INFO("place " << n);
    CHECK(test::close(row(e.embedding, static_cast<std::int64_t>(n)), alone.embedding().value(),
                      1e-5, 1e-6));
    CHECK(e.labels[n] == data.corpus.clips[static_cast<std::size_t>(clip)].label);
    const Tensor<float>& x = data.features[static_cast<std::size_t>(clip)];
    double first = 0;
    for (std::int64_t t = 0; t < x.dim(0); ++t)
      first += static_cast<double>(x(t, 0)) / static_cast<double>(x.dim(0));
    CHECK(e.feature_mean(static_cast<std::int64_t>(n), 0) == Approx(first).margin(1e-6));
  }
}

TEST_CASE("Embeddings survive their file; what is none is refused", "[train]") {
  const TempFolder folder;
  const Dataset& data = small_run().data;
  auto model = make_model<float>(
      test::NamedModel{.name = "lstm-sa-h5", .input = data.dims(), .classes = kToneClasses}, 1);
  const Embeddings e = compute_embeddings(*model, data, some_clips());
  save_embeddings(e, folder / "e");
  const Embeddings again = load_embeddings(folder / "e");
  CHECK(again.embedding.span().size() == e.embedding.span().size());
  CHECK(test::close(again.embedding, e.embedding, 0, 0));
  CHECK(test::close(again.feature_mean, e.feature_mean, 0, 0));
  CHECK(again.labels == e.labels);
  CHECK(again.class_names == e.class_names);

  Safetensors other;
  other.add("embedding", e.embedding);
  other.write(folder / "other");
  CHECK_THROWS_WITH(load_embeddings(folder / "other"), ContainsSubstring("expected embeddings"));

  Embeddings wrong = e;
  wrong.labels.pop_back();
  save_embeddings(wrong, folder / "short");
  CHECK_THROWS_WITH(load_embeddings(folder / "short"), ContainsSubstring("short"));
  wrong = e;
  wrong.labels[0] = static_cast<int>(e.class_names.size());
  save_embeddings(wrong, folder / "label");
  CHECK_THROWS_WITH(load_embeddings(folder / "label"), ContainsSubstring("label"));
}

TEST_CASE("Further columns are kept, missing cells as such", "[train]") {
  const TempFolder folder;
  Embeddings e;
  e.embedding = Tensor<float>({3, 2});
  e.feature_mean = Tensor<float>({3, 4});
  e.labels = {1, 0, 1};
  e.class_names = {"a", "b"};
  e.others = {{.name = "gender", .class_names = {"f", "m"}, .labels = {-1, 1, 0}},
              {.name = "force", .numbers = {0.1, std::nan(""), -2}}};
  save_embeddings(e, folder / "e");
  const Embeddings again = load_embeddings(folder / "e");
  REQUIRE(again.others.size() == 2);
  CHECK(again.others[0].name == "gender");
  CHECK(again.others[0].class_names == e.others[0].class_names);
  CHECK(again.others[0].labels == e.others[0].labels);
  CHECK(again.others[1].numbers[0] == 0.1);
  CHECK_FALSE(again.others[1].known(1));
  e.others[0].labels = {0, 1, 2};
  save_embeddings(e, folder / "e");
  CHECK_THROWS_AS(load_embeddings(folder / "e"), Error);
}
