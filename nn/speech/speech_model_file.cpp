#include <sonant/nn/speech/speech_model_file.h>

#include <algorithm>
#include <set>

#include <sonant/core/finite.h>
#include <sonant/core/json.h>
#include <sonant/core/usage.h>
#include <sonant/core/version.h>
#include <sonant/nn/init.h>
#include <sonant/nn/state_dict.h>

namespace sonant {
namespace {

constexpr int kFormat = 1;
constexpr const char* kAt = "model file";

// The parts come from a file that anybody may have written.
void check_parts(const SpeechModel& m, const std::string& where) {
  const ModelSpec& spec = m.classifier->spec();
  const auto width = static_cast<std::size_t>(m.features.dims());
  check(spec.input == m.features.dims(), kAt, where, ": the model expects ", spec.input,
        " features, its feature settings give ", width);
  const std::vector<HeadLabels> labels = m.labels();
  std::set<std::string> heads;
  for (const HeadLabels& head : labels) {
    const auto in_spec = std::ranges::find(spec.heads, head.head, &Head::name);
    check(in_spec != spec.heads.end() && heads.insert(head.head).second, kAt, where,
          ": the model has no head \"", head.head, "\", or it is there twice");
    const auto outputs = static_cast<std::size_t>(in_spec->outputs);
    const std::vector<std::string>& names = head.class_names;
    check(outputs == names.size() || (outputs == 1 && names.empty()), kAt, where,
          ": the model has ", outputs, " outputs and ", names.size(), " class names");
    const std::set<std::string> distinct(names.begin(), names.end());
    check(distinct.size() == names.size(), kAt, where, ": two of the ", names.size(),
          " class names are the same");
  }
  check(labels.size() == spec.heads.size(), kAt, where, ": the model has ", spec.heads.size(),
        " heads and names for ", labels.size());
  const Normaliser& n = m.normaliser;
  const bool positive =
      std::all_of(n.stddev.begin(), n.stddev.end(), [](double s) { return s > 0; });
  check(n.mean.size() == width && n.stddev.size() == width && all_finite(n.mean) &&
            all_finite(n.stddev) && positive,
        kAt, where, ": expected ", width, " finite means and positive deviations");
}

Json parsed(const Safetensors& file, const char* key) {
  check(file.metadata.contains(key), kAt, file.where(), ": the metadata lacks \"", key, "\"");
  return Json::parse(file.metadata.at(key));
}

Json heads_json(const std::vector<HeadLabels>& labels) {
  Json heads = Json::array();
  for (const HeadLabels& head : labels)
    heads.push_back({{"head", head.head}, {"class_names", head.class_names}, {"unit", head.unit}});
  return heads;
}

// The main head comes first.
void heads_from(const Json& json, SpeechModel& m) {
  for (const Json& head : json)
    m.others.push_back(
        {head.at("head"), head.at("class_names").get<std::vector<std::string>>(), head.at("unit")});
  m.head = json.at(0).at("head").get<std::string>();
  m.unit = m.others.front().unit;
  m.others.erase(m.others.begin());
}

SpeechModel parts_from(const Safetensors& file) {
  const int format = parsed(file, "sonant_model");
  check(format == kFormat, kAt, file.where(), ": expected format ", kFormat, ", got ", format);
  SpeechModel m;
  {
    const WithoutInitialWeights none;
    m.classifier = make_model<float>(model_spec_from(parsed(file, "architecture")), 0);
  }
  m.features = features_from(parsed(file, "features"));
  parsed(file, "mean").get_to(m.normaliser.mean);
  parsed(file, "stddev").get_to(m.normaliser.stddev);
  parsed(file, "class_names").get_to(m.class_names);
  if (file.metadata.contains("heads")) heads_from(parsed(file, "heads"), m);
  parsed(file, "sample_rate").get_to(m.sample_rate);
  if (file.metadata.contains("training")) m.facts = file.metadata.at("training");
  return m;
}

// What is trained with --no-check-finite may have such weights: they are saved, and its answers
// refused.
bool finite_weights(Model<float>& model) {
  return std::ranges::all_of(model.named_buffers(),
                             [](const auto& b) { return all_finite(b.value->span()); }) &&
         std::ranges::all_of(model.parameters(),
                             [](const auto* p) { return all_finite(p->value.span()); });
}

}  // namespace

void save_model(const SpeechModel& model, const std::filesystem::path& path) {
  check_parts(model, path.native());
  Safetensors file;
  file.metadata = {
      {"format", "pt"},  // what PyTorch's tools look for: the tensors are laid out as theirs
      {"sonant_model", std::to_string(kFormat)},
      {"sonant_version", version()},
      {"architecture", to_json(model.classifier->spec()).dump()},
      {"features", to_json(model.features).dump()},
      {"mean", Json(model.normaliser.mean).dump()},
      {"stddev", Json(model.normaliser.stddev).dump()},
      {"class_names", Json(model.class_names).dump()},
      {"sample_rate", std::to_string(model.sample_rate)}};
  if (!model.others.empty() || model.class_names.empty())
    file.metadata["heads"] = heads_json(model.labels()).dump();
  if (!model.facts.empty()) file.metadata["training"] = model.facts;
  if (!finite_weights(*model.classifier)) file.metadata["numbers"] = "any";
  save_state_dict(*model.classifier, file);
  file.write(path);
}

SpeechModel load_model(const std::filesystem::path& path) {
  const Safetensors file = Safetensors::read(path);
  check(!file.metadata.contains("sonant_checkpoint"), kAt, path.native(),
        ": is the checkpoint of a training run; expected the model file that the finished run "
        "writes");
  check(file.metadata.contains("sonant_model"), kAt, path.native(),
        ": has weights but not what a model needs besides (architecture, features, classes); "
        "expected a file written by `sonant train`");
  SpeechModel model;
  try {
    model = parts_from(file);
  } catch (const JsonError& error) {
    fail(kAt, path.native(), ": the metadata is damaged: ", error.what());
  } catch (const UsageError& error) {  // the file's values, not the caller's
    fail(kAt, path.native(), ": the metadata is damaged: ", error.what());
  }
  check_parts(model, path.native());
  load_state_dict(*model.classifier, file, Strictness::strict, "",
                  file.metadata.contains("numbers") ? Numbers::any : Numbers::finite);
  model.classifier->eval();
  return model;
}

}  // namespace sonant
