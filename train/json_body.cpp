#include <sonant/train/json_body.h>

#include <cmath>

namespace sonant {

std::string json_text(const Json& json) { return json.dump(1) + "\n"; }

Json confusion_json(const ConfusionMatrix& confusion) {
  Json rows = Json::array();
  for (int label = 0; label < confusion.classes(); ++label) {
    Json row = Json::array();
    for (int c = 0; c < confusion.classes(); ++c) row.push_back(confusion(label, c));
    rows.push_back(row);
  }
  return rows;
}

ConfusionMatrix confusion_from(const Json& rows) {
  ConfusionMatrix confusion(static_cast<int>(rows.size()));
  for (std::size_t label = 0; label < rows.size(); ++label) {
    for (std::size_t c = 0; c < rows.size(); ++c) {
      confusion.add(static_cast<int>(label), static_cast<int>(c), rows.at(label).at(c));
    }
  }
  return confusion;
}

Json pairs_json(const NumberPairs& p) {
  return {p.count, p.mean_y, p.mean_x, p.yy, p.xx, p.xy, p.squares, p.distances};
}

NumberPairs pairs_from(const Json& json) {
  const auto at = [&](std::size_t k) { return number_from(json.at(k)); };
  return {json.at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)};
}

const Json& at_now(const Json& json, std::string_view key, std::string_view former) {
  return json.contains(former) ? json.at(former) : json.at(key);
}

double number_from(const Json& json) { return json.is_null() ? std::nan("") : json.get<double>(); }

}  // namespace sonant
