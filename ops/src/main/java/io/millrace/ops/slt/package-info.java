/**
 * {@code millrace test}: unit tests for views, written as sqllogictest files. A file is parsed ({@code SltFile}), its
 * statements run on PostgreSQL ({@code TestDatabase}), every row change goes through an {@code Engine}, the operators in this
 * process ({@code InProcess}) or a pipeline behind a real change stream ({@code OnStack}), and both are compared
 * ({@code Runner}).
 */
package io.millrace.ops.slt;
