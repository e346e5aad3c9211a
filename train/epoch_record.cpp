#include <sonant/train/epoch_record.h>

#include <sonant/train/json_body.h>

namespace sonant {
namespace {

Json head_json(const HeadRecord& h) {
  const std::string figure = figure_key(h.of_classes);
  return {{"head", h.head},
          {"train_loss", h.train_loss},
          {"train_" + figure, h.train_figure},
          {"choose_loss", h.choose_loss},
          {"choose_" + figure, h.choose_figure}};
}

HeadRecord head_from(const Json& json) {
  const bool of_classes = json.contains("choose_uar");
  const std::string figure = figure_key(of_classes);
  return {json.at("head"),
          of_classes,
          number_from(json.at("train_loss")),
          number_from(json.at("train_" + figure)),
          number_from(json.at("choose_loss")),
          number_from(json.at("choose_" + figure))};
}

}  // namespace

Json epoch_json(const EpochRecord& e) {
  const std::string figure = figure_key(e.of_classes);
  Json json = {{"epoch", e.epoch},
               {"lr", e.lr},
               {"train_loss", e.train_loss},
               {"train_" + figure, e.train_figure},
               {"choose_loss", e.choose_loss},
               {"choose_" + figure, e.choose_figure}};
  if (e.of_classes) json["choose_accuracy"] = e.choose_accuracy;
  json["seconds"] = e.seconds;
  json["weights_hash"] = e.weights_hash;
  if (!e.heads.empty()) json["heads"] = json_list(e.heads, head_json);
  return json;
}

EpochRecord epoch_from(const Json& json) {
  EpochRecord e;
  json.at("epoch").get_to(e.epoch);
  e.lr = number_from(json.at("lr"));
  e.of_classes = json.contains("choose_uar") || json.contains("val_uar");
  const std::string figure = figure_key(e.of_classes);
  e.train_loss = number_from(json.at("train_loss"));
  e.train_figure = number_from(json.at("train_" + figure));
  e.choose_loss = number_from(at_now(json, "choose_loss", "val_loss"));
  e.choose_figure = number_from(at_now(json, "choose_" + figure, "val_" + figure));
  if (e.of_classes)
    e.choose_accuracy = number_from(at_now(json, "choose_accuracy", "val_accuracy"));
  e.seconds = number_from(json.at("seconds"));
  json.at("weights_hash").get_to(e.weights_hash);
  if (json.contains("heads")) e.heads = list_from(json.at("heads"), head_from);
  return e;
}

}  // namespace sonant
