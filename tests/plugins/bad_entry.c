/* A shared object that is no plugin: it has no entry function.
 * Must not have a second fault. */
__attribute__((visibility("default"))) int not_an_entry(void);

int not_an_entry(void)
{
    return 1;
}
