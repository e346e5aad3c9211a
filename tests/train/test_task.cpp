// What a recipe says of several heads, and the loss of a batch.
#include <sonant/core/gradcheck.h>
#include <sonant/core/usage.h>
#include <sonant/train/batch.h>

#include <cmath>
#include <numeric>

#include "support/catch.h"
#include "support/text.h"
#include "train/task_case.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("A recipe's heads are read as they are written down", "[train]") {
  const Task usual = parse_task("");
  REQUIRE(usual.objectives.size() == 1);
  CHECK(usual.objectives[0].head == "emotion");
  CHECK(usual.objectives[0].column.empty());
  CHECK(usual.objectives[0].weight == 1);
  const Task task = parse_task(" emotion, sex:gender 0.3 ,valence:val concordance 5e-1", "valence",
                               {.name = "focal", .gamma = 3}, true);
  REQUIRE(task.objectives.size() == 3);
  CHECK(task.watched == 2);
  CHECK(task.objectives[0].loss.name == "focal");
  CHECK(task.objectives[1].head == "sex");
  CHECK(task.objectives[1].column == "gender");
  CHECK(task.objectives[1].loss.gamma == 3);
  CHECK(task.objectives[1].weight == 0.3);
  CHECK(task.objectives[1].balanced);
  CHECK(task.objectives[2].column == "val");
  CHECK(task.objectives[2].loss.name == "concordance");
  CHECK(task.objectives[2].weight == 0.5);
  CHECK_FALSE(task.objectives[2].balanced);
  CHECK(parse_task("gender").objectives[0].column == "gender");

  const auto said = [](const char* heads, const char* watch = "") {
    return refusal([&] { parse_task(heads, watch); });
  };
  CHECK(has(said("emotion,"), "HEAD[:COLUMN] [LOSS] [WEIGHT]"));
  CHECK(has(said("emotion 1 2"), "got \"emotion 1 2\""));
  CHECK(has(said("emotion 1 focal"), "got \"emotion 1 focal\""));
  CHECK(has(said(":gender"), "got \":gender\""));
  CHECK(has(said("gender:"), "got \"gender:\""));
  CHECK(has(said("gender -1"), "gender: expects a weight >= 0, got -1"));
  CHECK(has(said("gender, gender"), "the head gender is there twice"));
  CHECK(has(said("gender anger"), "anger"));
  CHECK(has(said("gender 0"), "a weight above 0"));
  CHECK(has(said("emotion concordance"), "labels are classes"));
  CHECK(has(said("emotion, gender", "sex"), "expects a head from emotion, gender, got \"sex\""));
}

TEST_CASE("Heads are of the columns' kinds, and say what is wrong with them", "[train]") {
  const Dataset data = with_columns();
  const Task task = parse_task("emotion, kind, size mean-squared-error, some");
  const auto targets = targets_of(task, data.corpus);
  const auto heads = heads_of(task, targets);
  CHECK(heads == std::vector<Head>{{"emotion", 3}, {"kind", 2}, {"size", 1}, {"some", 2}});
  CHECK(targets[3].missing() == 12);
  CHECK(targets[3].labels[0] == -1);
  CHECK(targets[3].class_names == std::vector<std::string>{"here", "there"});
  CHECK(has(refusal([&] { targets_of(parse_task("kind concordance"), data.corpus); }),
            "expects a finite number as its kind"));
  CHECK(has(refusal([&] { targets_of(parse_task("nothing"), data.corpus); }),
            "has no column \"nothing\""));
}

TEST_CASE("The gradient of a step with two heads is that of finite differences", "[train]") {
  const Dataset data = with_columns();
  const Task task = parse_task("emotion 0.7, pull concordance 1.5, size mean-squared-error");
  const auto targets = targets_of(task, data.corpus);
  std::vector<int> all(36);
  std::iota(all.begin(), all.end(), 0);
  const TaskLoss loss(task, targets, all);
  ModelSpec spec = model_spec("lstm-sa-h3", 4);
  spec.heads = heads_of(task, targets);
  spec.set("dropout", 0.2);
  const auto model = make_model<double>(spec, 3);
  const std::vector<int> clips = {3, 8, 17, 20, 30};
  const Batch batch = make_batch(data, clips);
  std::vector<double> each(3);
  const auto report = gradcheck(
      [&](Tape<double>& tape) {
        const auto output = (*model)({tape.constant(batch.data.to<double>()), batch.layout});
        return loss(output, std::span<const int>(batch.clips), std::span(each));
      },
      model->parameters());
  INFO(report);
  CHECK(report.passed);
}

TEST_CASE("A batch of which nothing is known teaches a head nothing", "[train]") {
  Dataset data = with_columns();
  for (std::size_t i = 0; i < 36; ++i) {
    auto& columns = data.corpus.clips[i].columns;
    columns.erase("pull");
    if (i == 5 || i == 6) columns["pull"] = std::to_string(i);
  }
  const Task task = parse_task("emotion, pull concordance");
  const auto targets = targets_of(task, data.corpus);
  const std::vector<int> clips = {1, 2, 5, 9}, unknown = {1, 2, 9};
  const TaskLoss loss(task, targets, clips);
  ModelSpec spec = model_spec("lstm-sa-h3", 4);
  spec.heads = heads_of(task, targets);
  const auto model = make_model<float>(spec, 1);
  for (const auto& of : {clips, unknown}) {  // one number has no variance
    Batch batch = make_batch(data, of);
    Tape<float> tape(TapeMode::record, 1, 0);
    const auto output = (*model)({tape.constant(std::move(batch.data)), batch.layout});
    std::vector<double> each(2);
    const Var<float> sum = loss(output, std::span<const int>(batch.clips), std::span(each));
    CHECK(static_cast<double>(sum.value().item()) == each[0]);
    CHECK(std::isnan(each[1]));
  }
}
