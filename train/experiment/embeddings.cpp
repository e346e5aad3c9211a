#include <sonant/train/experiment/embeddings.h>

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
constexpr const char* kOthers = "sonant_columns";
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

void read_others(Safetensors& file, Embeddings& e, const std::string& where) {
  constexpr const char* op = "load_embeddings";
  try {
    const Json columns = Json::parse(file.metadata.at(kOthers));
    for (const auto& [name, names] : columns.items()) {
      Target t{.name = name, .class_names = names.get<std::vector<std::string>>()};
      if (t.class_names.empty()) {
        const Tensor<double> values = file.take<double>("number." + name);
        t.numbers.assign(values.span().begin(), values.span().end());
      } else {
        for (std::int64_t label : file.integers("label." + name)) {
          check(label >= -1 && label < std::ssize(t.class_names), op, where, ": expected ", name,
                " below ", t.class_names.size(), ", got ", label);
          t.labels.push_back(static_cast<int>(label));
        }
      }
      check(std::max(t.labels.size(), t.numbers.size()) == e.labels.size(), op, where,
            ": expected a ", name, " for each of ", e.labels.size(), " labels");
      e.others.push_back(std::move(t));
    }
  } catch (const JsonError& error) {
    fail(op, where, ": the metadata is damaged: ", error.what());
  }
}

}  // namespace

Embeddings compute_embeddings(Model<float>& model, const DataView& view, std::span<const int> clips,
                              std::span<const Target> others) {
  const EvalMode mode(model);
  const Dataset& data = view.data();
  const auto n = std::ssize(clips);
  Embeddings result;
  result.class_names = data.corpus.class_names;
  result.feature_mean = Tensor<float>(Shape{n, data.dims()});
  for (const Target& of_all : others) {
    Target& t =
        result.others.emplace_back(Target{.name = of_all.name, .class_names = of_all.class_names});
    for (int clip : clips) {
      const auto i = static_cast<std::size_t>(clip);
      if (of_all.numbers.empty())
        t.labels.push_back(of_all.labels[i]);
      else
        t.numbers.push_back(of_all.numbers[i]);
    }
  }
  std::int64_t done = 0;
  Tensor<float> room;
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
      average_frames(view.normalised(data.features_of(clip, room)), result.feature_mean, done++);
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
  Json names = Json::object();
  for (const Target& t : e.others) {
    names[t.name] = t.class_names;
    if (t.numbers.empty()) {
      const std::vector<std::int64_t> values(t.labels.begin(), t.labels.end());
      file.add("label." + t.name, Shape{std::ssize(values)}, values);
      continue;
    }
    Tensor<double> values({std::ssize(t.numbers)});
    std::ranges::copy(t.numbers, values.data());
    file.add("number." + t.name, values);
  }
  if (!e.others.empty()) file.metadata[kOthers] = names.dump();
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
  if (file.metadata.contains(kOthers)) read_others(file, e, path.native());
  for (const Tensor<float>* x : {&e.embedding, &e.feature_mean}) {
    check(x->rank() == 2 && x->dim(0) == std::ssize(e.labels), op, path.native(),
          ": expected a row for each of ", e.labels.size(), " labels, got ", x->shape());
  }
  return e;
}

}  // namespace sonant
