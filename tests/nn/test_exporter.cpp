// Models written for other programs.
#include <sonant/nn/models/exporter.h>
#include <sonant/nn/models/family.h>

#include "support/catch.h"

using namespace sonant;

namespace {

int count(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

}  // namespace

TEST_CASE("The description of a model is written as JSON", "[nn]") {
  const auto model = make_model<float>(model_spec("reslstm-sa-h5", 4, 3), 1);
  const Graph graph = model->graph();
  const Json json = Json::parse(export_model(*model, "json"));
  CHECK(model_spec_from(json.at("model")).title() == "reslstm-sa-h5");
  REQUIRE(json.at("nodes").size() == graph.nodes().size());
  std::size_t k = 0;
  for (const Json& node : json.at("nodes").elements()) {
    const Graph::Node& expected = graph.nodes()[k];
    CHECK(node.at("op") == expected.op);
    CHECK(node.at("name") == expected.name);
    CHECK(node.at("inputs").size() == expected.inputs.size());
    CHECK(node.at("shape") == graph.shape(static_cast<int>(k)));
    CHECK(node.at("attributes") == expected.attributes);
    ++k;
  }
  CHECK(json.at("heads").elements().front().at("name") == "emotion");
  CHECK(json.at("taps").size() == 2);
}

TEST_CASE("A training step of every head is drawn", "[nn]") {
  ModelSpec spec = model_spec("lstm-sa-h5", 4, 3);
  const auto losses = [&] {
    const std::string dot = export_model(*make_model<float>(spec, 1), "dot");
    CHECK(dot.starts_with("digraph"));
    return std::pair(count(dot, "cross_entropy"), count(dot, "mean_squared_error"));
  };
  CHECK(losses() == std::pair(1, 0));
  spec.heads.push_back({"gender", 2});
  spec.heads.push_back({"arousal", 1});
  CHECK(losses() == std::pair(2, 1));
}

TEST_CASE("A program adds a format, and what it cannot write is refused", "[nn]") {
  register_exporter({.name = "ops",
                     .idea = "their names",
                     .ops = {"input", "lstm", "soft_attention", "weighted_sum", "batch_norm",
                             "dropout", "linear"},
                     .write = [](const Model<float>&, const Graph& graph) {
                       std::string text;
                       for (const Graph::Node& node : graph.nodes()) text += node.op + " ";
                       return text;
                     }});
  CHECK(export_model(*make_model<float>("lstm-sa-h4", 1), "ops") ==
        "input lstm soft_attention weighted_sum batch_norm dropout linear ");
  CHECK_THROWS_WITH(export_model(*make_model<float>("reslstm-sa-h4", 1), "ops"),
                    ContainsSubstring("ops has nothing for the op add"));
  CHECK_THROWS_WITH(find_exporter("onyx"), ContainsSubstring("dot, json, ops"));
  CHECK_THROWS_WITH(register_exporter({.name = "dot", .write = find_exporter("dot").write}),
                    ContainsSubstring("already a format named"));
  CHECK_THROWS_WITH(register_exporter({.name = "none"}), ContainsSubstring("a function"));
}
