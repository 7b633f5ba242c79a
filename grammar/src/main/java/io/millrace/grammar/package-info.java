/**
 * The SQL grammar: Calcite's parser template with PostgreSQL's syntax added ({@code src/main/codegen}), and the statements
 * that it yields. The parser, {@code io.millrace.grammar.parser.MillraceParser}, is generated at build time.
 */
package io.millrace.grammar;
