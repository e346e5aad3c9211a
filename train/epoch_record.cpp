#include <sonant/train/epoch_record.h>

#include <sonant/train/json_body.h>

namespace sonant {

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
  Json heads = Json::array();
  for (const HeadRecord& h : e.heads) {
    const std::string its = figure_key(h.of_classes);
    heads.push_back({{"head", h.head},
                     {"train_loss", h.train_loss},
                     {"train_" + its, h.train_figure},
                     {"choose_loss", h.choose_loss},
                     {"choose_" + its, h.choose_figure}});
  }
  if (!e.heads.empty()) json["heads"] = heads;
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
  if (!json.contains("heads")) return e;
  for (const Json& h : json.at("heads")) {
    HeadRecord head{.head = h.at("head"), .of_classes = h.contains("choose_uar")};
    const std::string its = figure_key(head.of_classes);
    head.train_loss = number_from(h.at("train_loss"));
    head.train_figure = number_from(h.at("train_" + its));
    head.choose_loss = number_from(h.at("choose_loss"));
    head.choose_figure = number_from(h.at("choose_" + its));
    e.heads.push_back(std::move(head));
  }
  return e;
}

}  // namespace sonant
