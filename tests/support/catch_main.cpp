// main() of the tests, and a time limit for every test case: an endless loop ends, and is named.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using Listener = Catch::EventListenerBase;
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
using Listener = Catch::TestEventListenerBase;
#endif

namespace {

char message[512];  // for a handler, which may do next to nothing

extern "C" void out_of_time(int) {
  [[maybe_unused]] const auto written = ::write(2, message, std::strlen(message));
  ::_exit(124);  // as timeout(1)
}

// Seconds by the clock on the wall, so that what waits for ever is found, too. CTest sets them; by
// hand there is time to look at things.
int limit() {
  const char* text = std::getenv("SONANT_TEST_SECONDS");
  return text == nullptr ? 600 : std::max(1, std::atoi(text));
}

class TimeLimit : public Listener {
 public:
  using Listener::Listener;
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    std::snprintf(message, sizeof message, "\ntime limit: more than %d s: %s\n", limit(),
                  info.name.c_str());
    std::signal(SIGALRM, out_of_time);
    ::alarm(static_cast<unsigned>(limit()));
  }
  void testCaseEnded(const Catch::TestCaseStats&) override { ::alarm(0); }
};

}  // namespace

CATCH_REGISTER_LISTENER(TimeLimit)

int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
