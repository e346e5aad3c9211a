#include <sonant/train/checkpoint.h>

#include <algorithm>

#include <sonant/nn/state_dict.h>
#include <sonant/train/hash.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

constexpr int kFormat = 1;
constexpr const char* kKey = "sonant_checkpoint";
constexpr const char* kAt = "checkpoint";

Json tally_json(const HeadTally& t) {
  const auto counts = t.classes.counts();
  return {{"confusion", std::vector(counts.begin(), counts.end())},
          {"pairs", pairs_json(t.numbers)},
          {"loss_sum", t.loss_sum},
          {"clips", t.clips}};
}

void confusion_from(const Json& counts, ConfusionMatrix& confusion) {
  const int classes = confusion.classes();
  confusion = ConfusionMatrix(classes);
  for (int i = 0; i < classes * classes; ++i)
    confusion.add(i / classes, i % classes, counts.at(static_cast<std::size_t>(i)));
}

void tally_from(const Json& json, HeadTally& t) {
  confusion_from(json.at("confusion"), t.classes);
  t.numbers = pairs_from(json.at("pairs"));
  t.loss_sum = number_from(json.at("loss_sum"));
  json.at("clips").get_to(t.clips);
}

Json position_json(const TrainState& s) {
  return {{"epoch", s.epoch},
          {"batch", s.batch},
          {"step", s.step},
          {"optimizer_steps", s.optimizer->steps()},
          {"average_updates", s.average ? s.average->updates() : 0},
          {"loss_sum", s.loss_sum},
          {"clips", s.clips},
          {"heads", json_list(s.heads, tally_json)},
          {"epoch_seconds", s.epoch_seconds},
          {"best_epoch", s.best_epoch},
          {"best_choose_uar", s.best_choose_figure}};
}

void position_from(const Json& json, TrainState& s) {
  json.at("epoch").get_to(s.epoch);
  json.at("batch").get_to(s.batch);
  json.at("step").get_to(s.step);
  s.loss_sum = number_from(json.at("loss_sum"));
  json.at("epoch_seconds").get_to(s.epoch_seconds);
  json.at("best_epoch").get_to(s.best_epoch);
  s.best_choose_figure = number_from(at_now(json, "best_choose_uar", "best_val_uar"));
  if (json.contains("confusion")) {  // of version 0.1: one head, of classes
    HeadTally& head = s.heads.at(0);
    confusion_from(json.at("confusion"), head.classes);
    s.clips = head.clips = head.classes.total();
    head.loss_sum = s.loss_sum;
    return;
  }
  json.at("clips").get_to(s.clips);
  for (std::size_t k = 0; k < s.heads.size(); ++k) tally_from(json.at("heads").at(k), s.heads[k]);
}

std::string slot_name(const std::string& slot, const std::string& parameter) {
  return "optimizer." + slot + "." + parameter;
}

// What the number of epochs changes in those that are begun; "" if it only adds some.
std::string difference_of_epochs(const TrainConfig& there, const TrainConfig& here, int done,
                                 bool one_under_way) {
  const std::string both = "epochs: " + std::to_string(there.epochs) + " there, " +
                           std::to_string(here.epochs) + " here";
  if (here.epochs < done) return both + ", and " + std::to_string(done) + " are done";
  if (here.cycles == 0) return "";
  const Schedule old_rates = there.learning_rate(), rates = here.learning_rate();
  for (int epoch = 0; epoch < done + one_under_way; ++epoch) {
    if (old_rates.rate(epoch) != rates.rate(epoch))
      return both + ", which with cycles " + std::to_string(here.cycles) +
             " is another learning rate in epoch " + std::to_string(epoch + 1);
  }
  return "";
}

// Settings and data first: a wrong file should say in what it differs, not that a shape is wrong.
void check_same_run(const Json& json, const TrainState& s, const std::string& where) {
  const auto refuse_if = [&](const std::string& difference) {
    check(difference.empty(), kAt, where, ": is of another run; ", difference,
          "; resume with the same settings, or start anew");
  };
  const auto there = settings_from<TrainConfig>(json.at("config"));
  refuse_if(first_difference(there, s.config, {"epochs"}));
  const bool one_under_way = json.at("position").at("batch").get<int>() > 0;
  refuse_if(difference_of_epochs(there, s.config, static_cast<int>(json.at("epochs").size()),
                                 one_under_way));
  refuse_if(first_difference(features_from(json.at("features")), s.features));
  const std::string data = json.at("data_fingerprint");
  refuse_if(data == s.data_fingerprint
                ? ""
                : "data: fingerprint " + data + " there, " + s.data_fingerprint + " here");
}

// What the file holds, in a state with a copy of the model and without an optimizer, whose part
// comes apart from it.
struct Restored {
  TrainState state;
  std::vector<Optimizer<float>::Slot> slots;
  std::int64_t steps = 0;
};

Restored restored(const TrainState& now, const Safetensors& file, const Json& json,
                  Numbers numbers) {
  Restored r;
  TrainState& s = r.state;
  s.config = now.config;
  s.features = now.features;
  s.data_fingerprint = now.data_fingerprint;
  s.heads = now.heads;
  s.average = now.average;
  const Json& position = json.at("position");
  position_from(position, s);
  s.history = list_from(json.at("epochs"), epoch_from);
  s.model = now.model->clone();
  load_state_dict(*s.model, file, Strictness::strict, "model.", numbers);
  if (s.best_epoch > 0) {
    s.best = s.model->clone();
    load_state_dict(*s.best, file, Strictness::strict, "best.", numbers);
  }
  r.slots = now.optimizer->state();
  const auto parameters = s.model->named_parameters();
  for (auto& slot : r.slots)
    for (std::size_t i = 0; i < parameters.size(); ++i)
      slot.tensors[i] = file.tensor<float>(slot_name(slot.name, parameters[i].name));
  r.steps = position.contains("optimizer_steps")
                ? position.at("optimizer_steps").get<std::int64_t>()
                : s.step;  // as it was while a batch was a step
  if (!s.average || position.at("average_updates") == 0) return r;
  std::vector<Tensor<float>> average;
  for (const auto& [name, parameter] : parameters)
    average.push_back(file.tensor<float>("average." + name));
  s.average->restore(std::move(average), position.at("average_updates"));
  return r;
}

}  // namespace

TrainState start_training(std::unique_ptr<Model<float>> model,
                          std::unique_ptr<Optimizer<float>> optimizer, std::span<const Head> heads,
                          const TrainConfig& config, const FeatureSettings& features,
                          const std::string& data_fingerprint) {
  config.validate();
  TrainState s;
  s.config = config;
  s.features = features;
  s.data_fingerprint = data_fingerprint;
  s.model = std::move(model);
  s.optimizer = std::move(optimizer);
  if (config.average > 0) s.average.emplace(*s.model, config.average);
  for (const Head& head : heads) s.heads.emplace_back(head.outputs > 1 ? head.outputs : 0);
  return s;
}

void save_checkpoint(const TrainState& s, const std::filesystem::path& path) {
  Safetensors file;
  const Json json = {{"format", kFormat},
                     {"config", to_json(s.config)},
                     {"features", to_json(s.features)},
                     {"data_fingerprint", s.data_fingerprint},
                     {"position", position_json(s)},
                     {"epochs", json_list(s.history, epoch_json)},
                     {"environment", environment_json(this_environment())}};
  file.metadata[kKey] = json.dump();
  save_state_dict(*s.model, file, "model.");
  if (s.best) save_state_dict(*s.best, file, "best.");
  const auto parameters = s.model->named_parameters();
  for (const auto& slot : s.optimizer->state()) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      file.add(slot_name(slot.name, parameters[i].name), slot.tensors[i]);
    }
  }
  if (s.average && s.average->updates() > 0)
    for (std::size_t i = 0; i < parameters.size(); ++i)
      file.add("average." + parameters[i].name, s.average->state()[i]);
  file.write(path);
}

std::string load_checkpoint(TrainState& state, const std::filesystem::path& path) {
  const Safetensors file = Safetensors::read(path);
  const std::string where = path.native();
  check(file.metadata.contains(kKey), kAt, where,
        ": expected a checkpoint of a training run, got a safetensors file without the metadata ",
        kKey);
  const Numbers numbers = state.config.check_finite ? Numbers::finite : Numbers::any;
  Restored got;
  std::string remark;
  try {
    const Json json = Json::parse(file.metadata.at(kKey));
    const int format = json.at("format");
    check(format == kFormat, kAt, where, ": expected format ", kFormat, ", got ", format);
    check_same_run(json, state, where);
    got = restored(state, file, json, numbers);
    remark = first_difference(environment_from(json.at("environment")), this_environment());
  } catch (const JsonError& error) {
    fail(kAt, where, ": the metadata is damaged: ", error.what());
  }
  TrainState& fresh = got.state;
  check(fresh.epoch >= 0 && fresh.batch >= 0 && fresh.step >= 0 &&
            fresh.history.size() == static_cast<std::size_t>(fresh.epoch) &&
            fresh.best_epoch >= 0 && fresh.best_epoch <= fresh.epoch,
        kAt, where, ": the metadata is damaged: its epochs and steps do not fit together");
  state.optimizer->restore(std::move(got.slots), got.steps);  // or an Error, and nothing is changed
  load_state_dict(*state.model, file, Strictness::strict, "model.", numbers);
  fresh.model = std::move(state.model);
  fresh.optimizer = std::move(state.optimizer);
  state = std::move(fresh);
  return remark;
}

std::string describe_checkpoint(const std::filesystem::path& path) {
  try {
    const Safetensors file = Safetensors::read(path);
    const Json json = Json::parse(file.metadata.at(kKey));
    return "has " + std::to_string(json.at("epochs").size()) + " of " +
           std::to_string(json.at("config").at("epochs").get<int>()) + " epochs of a training";
  } catch (const std::exception&) {
    return "is there, and is no checkpoint of a training";
  }
}

std::string weights_hash(Module<float>& model) {
  Hash hash;
  for (const auto& [name, parameter] : model.named_parameters()) {
    hash.add(std::string_view(name));
    hash.add(parameter->value);
  }
  for (const auto& [name, buffer] : model.named_buffers()) {
    hash.add(std::string_view(name));
    hash.add(*buffer);
  }
  return hash.hex();
}

}  // namespace sonant
