// An engine that asks the database, before each statement, how it will find the rows.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/store/store.h"
#include "sql/connection.h"

namespace audiomuse::store {

/// Statements that read a whole table, each with its plan.
using WholeReads = std::map<std::string, std::string>;

/// Whether a plan, one line of the database's own for each step, reads all of a table that grows with the library.
using ReadsAll = std::function<bool(const std::string& plan)>;
bool sqlite_reads_all(const std::string& plan);
/// For plans made with the settings of postgres_plans(), without which small tables are always read whole.
bool postgres_reads_all(const std::string& plan);

/// What a database is asked for the plan of a statement.
struct PlanQuestions {
    std::vector<std::string> before;  ///< run first in each transaction
    std::string explain;              ///< put before the statement
    int column = 0;                   ///< of the answer that holds a line of the plan
    ReadsAll reads_all;
};
PlanQuestions sqlite_plans();
PlanQuestions postgres_plans();

/// A store over `engine`, whose statements are watched while `watch` is true and noted in `found`.
struct PlanWatch {
    bool watch = false;
    WholeReads found;
};
std::unique_ptr<Store> create_watched_store(std::unique_ptr<sql::Engine> engine, PlanQuestions questions,
                                            PlanWatch& watch);

/// Fills a store with three servers, then reads tracks and lists as a library in use does, and expects that no
/// statement reads all of it.
void expect_no_whole_reads(Store& store, PlanWatch& watch);

}  // namespace audiomuse::store
