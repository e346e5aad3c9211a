// A frame allocates nothing: docs/streaming.md.
#include <sonant/core/random.h>
#include <sonant/nn/models/family.h>
#include <sonant/nn/models/streaming.h>

#include <vector>

#include "allocation/heap_count.h"
#include "support/catch.h"

using namespace sonant;

TEST_CASE("A frame allocates nothing", "[streaming]") {
  if (!test::heap_is_counted()) {
    WARN("skipped: the heap cannot be counted here");
    return;
  }
  const auto model = make_model<float>("reslstm-sa-h64", 1);
  model->eval();
  std::vector<float> frames(20 * 46);
  Random(2).fill_normal(std::span(frames), 0.0f, 1.0f);
  StreamingClassifier<float> stream(*model);
  const std::int64_t before = test::heap_allocations();
  for (std::size_t t = 0; t < 20; ++t) {
    if (t == 10) stream.reset();
    stream.push(std::span<const float>(frames).subspan(t * 46, 46));
    (void)stream.result();
    if (t % 2 == 0) stream.prepare_next();
  }
  CHECK(test::heap_allocations() == before);
  const std::vector<int> counted(1);
  CHECK(test::heap_allocations() > before);  // that they are counted at all
}
