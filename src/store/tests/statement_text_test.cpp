#include "postgres/statement_text.h"

#include <gtest/gtest.h>

namespace audiomuse::store::postgres {
namespace {

TEST(StatementText, NumbersParameters) {
    EXPECT_EQ(number_parameters("SELECT 1"), "SELECT 1");
    EXPECT_EQ(number_parameters("a = ? AND b = ? OR ?"), "a = $1 AND b = $2 OR $3");
    EXPECT_EQ(number_parameters("?,?,?,?,?,?,?,?,?,?"), "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10");
    EXPECT_EQ(number_parameters(""), "");
}

TEST(StatementText, LeavesQuotedTextAlone) {
    EXPECT_EQ(number_parameters("'?' ? 'it''s ?' ?"), "'?' $1 'it''s ?' $2");
    EXPECT_EQ(number_parameters("\"a?\" ?"), "\"a?\" $1");
    EXPECT_EQ(number_parameters("LIKE ? ESCAPE '\\' AND ?"), "LIKE $1 ESCAPE '\\' AND $2");
    EXPECT_EQ(number_parameters("? -- why?\n?"), "$1 -- why?\n$2");
    EXPECT_EQ(number_parameters("? /* why? */ ?"), "$1 /* why? */ $2");
    EXPECT_EQ(number_parameters("? 'open ?"), "$1 'open ?");
}

}  // namespace
}  // namespace audiomuse::store::postgres
