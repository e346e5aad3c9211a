#include "peers/serve.h"

#include <sonant/core/error.h>
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace sonant::bench {

int serve(const std::string& peer, const std::string& version,
          const std::vector<PeerProblem>& problems,
          const std::vector<std::pair<std::string, std::string>>& facts) {
  nlohmann::ordered_json hello = {{"peer", peer}, {"version", version}};
  for (const PeerProblem& p : problems) hello["problems"].push_back(p.name);
  for (const auto& [name, fact] : facts) hello["machine"][name] = fact;
  std::cout << hello.dump() << std::endl;
  std::map<std::string, std::function<void()>> ready;
  try {
    std::string name;
    for (int repeats = 0; std::cin >> name >> repeats;) {
      if (!ready.contains(name)) {
        for (const PeerProblem& p : problems)
          if (p.name == name) ready[name] = p.prepare();
        check(ready.contains(name), "serve", "has no problem ", name);
      }
      const auto& body = ready[name];
      body();
      std::vector<double> milliseconds;
      for (int k = 0; k < repeats; ++k) {
        const auto start = std::chrono::steady_clock::now();
        body();
        const std::chrono::duration<double, std::milli> took =
            std::chrono::steady_clock::now() - start;
        milliseconds.push_back(took.count());
      }
      std::cout << nlohmann::json{{"ms", milliseconds}}.dump() << std::endl;
    }
  } catch (const std::exception& error) {
    std::cerr << peer << ": " << error.what() << std::endl;
    return 1;
  }
  return 0;
}

}  // namespace sonant::bench
