/** Tests of the application that tells caches what to forget. */
package io.millrace.invalidation;
