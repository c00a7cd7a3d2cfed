-- The first epoch of threads that are made from now on. It stands in the catalog, where `fenceWriters` raises it: a thread that was lost with
-- its primary, and is made again under the same id, must not begin with an epoch that its first writer may still hold.
--
-- Versions before this one say 1 for themselves.
alter table threadstore.threads alter column writer_epoch set default 1;
