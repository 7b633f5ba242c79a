package io.millrace.sql;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.SqlType;

/**
 * A constant in quotes, as it is written, and what it is taken for.
 *
 * @param text what stands between the quotes
 * @param type the type that it has where it stands
 * @param function the function or operator that it is an argument of; empty where it is cast
 * @param argument which argument, from 0
 */
public record QuotedConstant(String text, SqlType type, String function, int argument, SourcePlace place) {}
