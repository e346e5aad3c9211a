#include <sonant/train/embeddings.h>

#include <algorithm>
#include <sstream>

#include <sonant/core/error.h>
#include <sonant/nn/safetensors.h>
#include <sonant/train/batch.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

constexpr const char* kKey = "sonant_embeddings";
constexpr int kBatch = 32;

void copy_row(const Tensor<float>& from, std::int64_t row, Tensor<float>& to, std::int64_t place) {
  const std::int64_t width = from.dim(1);
  std::copy_n(from.data() + row * width, width, to.data() + place * width);
}

// Mean over the frames of x (T,F), summed in double.
void average_frames(const Tensor<float>& x, Tensor<float>& to, std::int64_t place) {
  for (std::int64_t f = 0; f < x.dim(1); ++f) {
    double sum = 0;
    for (std::int64_t t = 0; t < x.dim(0); ++t) sum += static_cast<double>(x(t, f));
    to(place, f) = static_cast<float>(sum / static_cast<double>(x.dim(0)));
  }
}

// A JSON list; files of the first version have a line for each, which no label may end.
std::vector<std::string> class_names_in(const std::string& text, const std::string& where) {
  std::vector<std::string> all;
  if (text.starts_with('[')) {
    try {
      return Json::parse(text).get<std::vector<std::string>>();
    } catch (const JsonError& error) {
      fail("load_embeddings", where, ": the metadata is damaged: ", error.what());
    }
  }
  std::istringstream names(text);
  for (std::string name; std::getline(names, name);) all.push_back(name);
  return all;
}

}  // namespace

Embeddings compute_embeddings(Model<float>& model, const DataView& view,
                              std::span<const int> clips) {
  const EvalMode mode(model);
  const Dataset& data = view.data();
  const auto n = std::ssize(clips);
  Embeddings result;
  result.class_names = data.corpus.class_names;
  result.feature_mean = Tensor<float>(Shape{n, data.dims()});
  std::int64_t done = 0;
  for (const auto& chosen : ordered_batches(clips, kBatch)) {
    Batch batch = make_batch(view, chosen);
    Tape<float> tape(TapeMode::inference);
    const auto output = model({tape.constant(std::move(batch.data)), batch.layout});
    const Tensor<float>& embedding = output.embedding().value();
    if (done == 0) result.embedding = Tensor<float>(Shape{n, embedding.dim(1)});
    for (int b = 0; b < batch.layout->batch(); ++b) {
      const int place = batch.chosen[static_cast<std::size_t>(b)];
      copy_row(embedding, b, result.embedding, done + place);
    }
    for (int clip : chosen) {
      const auto i = static_cast<std::size_t>(clip);
      average_frames(view.normalised(data.features[i]), result.feature_mean, done++);
      result.labels.push_back(data.corpus.clips[i].label);
    }
  }
  return result;
}

void save_embeddings(const Embeddings& e, const std::filesystem::path& path) {
  Safetensors file;
  file.metadata[kKey] = Json(e.class_names).dump();
  file.add("embedding", e.embedding);
  file.add("feature_mean", e.feature_mean);
  const std::vector<std::int64_t> labels(e.labels.begin(), e.labels.end());
  file.add("label", Shape{std::ssize(labels)}, labels);
  file.write(path);
}

Embeddings load_embeddings(const std::filesystem::path& path) {
  constexpr const char* op = "load_embeddings";
  Safetensors file = Safetensors::read(path);
  check(file.metadata.contains(kKey), op, path.native(),
        ": expected embeddings, got a safetensors file without the metadata ", kKey);
  Embeddings e;
  e.class_names = class_names_in(file.metadata.at(kKey), path.native());
  e.embedding = file.take<float>("embedding");
  e.feature_mean = file.take<float>("feature_mean");
  for (std::int64_t label : file.integers("label")) {
    check(label >= 0 && label < std::ssize(e.class_names), op, path.native(), ": expected labels ",
          "below ", e.class_names.size(), ", got ", label);
    e.labels.push_back(static_cast<int>(label));
  }
  for (const Tensor<float>* x : {&e.embedding, &e.feature_mean}) {
    check(x->rank() == 2 && x->dim(0) == std::ssize(e.labels), op, path.native(),
          ": expected a row for each of ", e.labels.size(), " labels, got ", x->shape());
  }
  return e;
}

}  // namespace sonant
