package io.millrace.grammar;

import org.apache.calcite.sql.SqlIdentifier;

/** A column of a CREATE TABLE. */
public record TableColumn(SqlIdentifier name, PostgresTypeNameSpec type, boolean nullable) {}
