-- The demo users. Their passwords are in the README; the hashes are bcrypt at cost 10, made by `npm run hashes`.
insert into users (id, username, password_hash, role) values
  (1, 'alice', '$2b$10$9uIJZFps4/qcjWNNH9jC9uQ85.vz86CySdukRUvDKIN5i7eBnIkfC', 'standard'),
  (2, 'bob', '$2b$10$dmBqvnAPCpRnFmWt/K.chu7hrJB3/o6/F88IeE3Ixi7D6xap2SoEq', 'standard'),
  (3, 'admin', '$2b$10$3MnFGdgw2R2kbPt8gCj.t.AUlCXwAdtPmlmXK4hSUKlfH5uhnj8fu', 'admin');

-- The ids above were given, so the sequence has to be moved past them.
select setval(pg_get_serial_sequence('users', 'id'), (select max(id) from users));
