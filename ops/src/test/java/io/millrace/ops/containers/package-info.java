/** The system as docker-compose.yml runs it. Where there is no Docker, or the images are not built, these tests are skipped and say so. */
package io.millrace.ops.containers;
